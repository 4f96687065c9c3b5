import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileIgnore, readIgnoreFile } from '../../../src/engine/build/ignore.ts';

interface Case {
  fn: 'match' | 'compile' | 'readFile';
  patterns?: string[];
  path?: string;
  text?: string | null;
  expected?: unknown;
  error?: string | true;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../data/dockerignore.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

function run({ fn, patterns = [], path = '', text }: Case): unknown {
  if (fn === 'readFile') return readIgnoreFile(text ?? '');
  const { count, hasExceptions, isIgnored } = compileIgnore(patterns);
  return fn === 'compile' ? { count, hasExceptions } : isIgnored(path);
}

describe('.dockerignore', () => {
  it.each(cases.filter(({ error }) => error === undefined))('$fn $patterns $path', (one) => {
    expect(run(one)).toEqual(one.expected);
  });

  it.each(cases.filter(({ error }) => error !== undefined))('$fn refuses $patterns', (one) => {
    const message = typeof one.error === 'string' ? one.error : '';
    expect(() => run(one)).toThrow(message);
  });
});
