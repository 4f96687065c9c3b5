/** Rows of test/data/grammar-edges.json: odd inputs, and what Docker's own readers make of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

export interface Edge {
  fn: string;
  // biome-ignore lint/suspicious/noExplicitAny: rows differ by function
  input: any;
  escape?: string;
  expected?: unknown;
  error?: string;
}

type Section = 'words' | 'dockerfile' | 'dockerignore' | 'sizes' | 'flags' | 'users' | 'platforms';

const table = JSON.parse(
  readFileSync(join(import.meta.dirname, '../data/grammar-edges.json'), 'utf8'),
) as Record<Section, Edge[]> & { env: string[] };

/** `NAME=value` lines for the section of words. */
export const edgeEnvironment = table.env;

export const edges = (section: Section): (readonly [string, Edge])[] =>
  table[section].map((edge) => [`${edge.fn} ${JSON.stringify(edge.input)}`, edge] as const);

/** `run` gives what the row expects, or fails with its words. */
export function checkEdge(run: () => unknown, { expected, error }: Edge): void {
  if (error === undefined) expect(run()).toEqual(expected);
  else expect(run).toThrow(expect.objectContaining({ message: error }));
}
