/** What a refused command may do: say one thing, name the object, and leave the store as it was. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, vi } from 'vitest';
import type { Boxtop, Result, RunOptions } from './boxtop.ts';
import { footprint } from './leaks.ts';

export interface Expected {
  exitCode: number;
  /** the error line */
  says: string | RegExp;
  /** somewhere on stderr: what to do about it */
  hint?: string | RegExp;
  options?: RunOptions;
}

/** Lines beside the error itself: where help is, what to do, and what was going on before. */
const BESIDE = /^(Hint: |See '|Did you mean |Unable to find image |Error: failed to |WARNING|$)/;

/** The one line that tells what is wrong. */
export function errorLine({ stderr }: Result): string {
  expect(stderr, 'no stack trace').not.toMatch(/^\s+at .+:\d+/m);
  expect(stderr, 'no words of the code').not.toMatch(
    /\[object |undefined|ERR_[A-Z]|\bE[A-Z_]{4,}: |SQLITE|transaction/,
  );
  const lines = stderr.split('\n').filter((line) => !BESIDE.test(line));
  expect(lines, 'one error line').toHaveLength(1);
  return lines[0]!;
}

/** Runs a command that must be refused in one line, with Docker's exit status. */
export async function refused(boxtop: Boxtop, args: readonly string[], expected: Expected): Promise<Result> {
  const result = await boxtop.run(args, expected.options);
  const said = `boxtop ${args.join(' ')}\n${result.stdout}${result.stderr}`;
  expect(result.exitCode, said).toBe(expected.exitCode);
  const line = errorLine(result);
  if (typeof expected.says === 'string') expect(line).toContain(expected.says);
  else expect(line).toMatch(expected.says);
  if (expected.hint !== undefined) expect(result.stderr).toMatch(expected.hint);
  return result;
}

/**
 * All that a failed command could have made: records, files of the store, mounts, processes, interfaces, rules.
 * Cgroups go by ids alone, so other stores' would disturb; `dispose` looks at them.
 */
async function inventory(boxtop: Boxtop): Promise<{ store: string[]; machine: string[] }> {
  const lists = await Promise.all([
    boxtop.ok('ps', '-aq', '--no-trunc'),
    boxtop.ok('images', '-a', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}'),
    boxtop.ok('volume', 'ls', '-q'),
  ]);
  const machine = footprint(boxtop.root).filter((line) => !line.startsWith('cgroup '));
  return { store: [...lists, ...storeFiles(boxtop.root)], machine };
}

/** Everything but directories and lock files, which are made at their first use, and the database. */
function storeFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/^(db|layers\/locks)\//.test(path))
    .sort();
}

const WAIT = { timeout: 60_000, interval: 100 };

/** The shell that watches containers which run in the background begins a moment after the command that started one. */
function isWatched(root: string): boolean {
  const watched = storeFiles(root).filter((path) => /^run\/logs\/(\d+\/|pid$)/.test(path));
  return watched.length === 0 || watched.includes('run/logs/pid');
}

/** Runs `act` and demands that the store and the machine are afterwards what they were before. */
export async function changesNothing<T>(boxtop: Boxtop, act: () => Promise<T>): Promise<T> {
  await vi.waitFor(() => expect(isWatched(boxtop.root), 'watched').toBe(true), WAIT);
  const before = await inventory(boxtop);
  const known = new Set(before.machine);
  const result = await act();
  // A monitor whose container could not be made ends a moment after the command.
  await vi.waitFor(async () => {
    const { store, machine } = await inventory(boxtop);
    expect(store, 'left behind').toEqual(before.store);
    // what other tests' networks take down meanwhile is none of ours
    expect(
      machine.filter((line) => !known.has(line)),
      'left behind',
    ).toEqual([]);
  }, WAIT);
  return result;
}
