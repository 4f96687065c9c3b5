import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseUlimit } from '../../../src/ui/cli/opts/ulimit.ts';
import { ago, bytesSize, fromHumanSize, humanSize, ramInBytes } from '../../../src/ui/format/units.ts';

interface Case {
  fn: string;
  input: unknown;
  expected?: unknown;
  error?: boolean;
}

const table = JSON.parse(readFileSync(join(import.meta.dirname, '../../data/units.json'), 'utf8')) as {
  cases: Case[];
};
const functions: Record<string, (input: never) => unknown> = {
  bytesSize,
  humanSize,
  fromHumanSize,
  ramInBytes,
  parseUlimit: (input: string) => {
    const { Name, Soft, Hard } = parseUlimit(input);
    return { name: Name, soft: Soft, hard: Hard, text: `${Name}=${Soft}:${Hard}` };
  },
};

describe('sizes and durations', () => {
  // `rlimit` belongs to the runtime's spec and `humanDuration` to the engine
  const cases = table.cases.filter(({ fn }) => fn in functions);
  it.each(cases)('$fn reads $input', ({ fn, input, expected, error }) => {
    const run = () => functions[fn]!(input as never);
    if (error === true) expect(run).toThrow();
    else expect(run()).toEqual(expected);
  });

  it('prints sizes of images with three digits', () => {
    expect(humanSize(1_240_123, 3)).toBe('1.24MB');
    expect(humanSize(0, 3)).toBe('0B');
  });

  it('says N/A for a time that never was', () => {
    expect(ago(Date.parse('0001-01-01T00:00:00Z'), Date.now())).toBe('N/A');
    expect(ago(0, 7_200_000)).toBe('2 hours ago');
  });
});
