import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expandWord, expandWords } from '../../../src/engine/build/dockerfile/words.ts';

interface Case {
  fn: 'word' | 'words';
  line: number;
  platform?: 'A' | 'U' | 'W';
  input: string;
  expected?: string | string[];
  error?: true;
  env?: string[];
}

const table = JSON.parse(
  readFileSync(new URL('../../data/dockerfile-shell.json', import.meta.url), 'utf8'),
) as {
  env: string[];
  cases: Case[];
};

function expand({ fn, input, env }: Case): string | string[] {
  const variables = new Map(
    (env ?? table.env).map((entry) => [
      entry.slice(0, entry.indexOf('=')),
      entry.slice(entry.indexOf('=') + 1),
    ]),
  );
  const context = { get: (name: string) => variables.get(name), escape: '\\' };
  return fn === 'word' ? expandWord(input, context) : expandWords(input, context);
}

describe('variable expansion', () => {
  const cases = table.cases.filter(({ platform }) => platform !== 'W');

  it.each(cases.filter(({ error }) => !error))('expands $input ($fn, line $line)', (one) => {
    expect(expand(one)).toEqual(one.expected);
  });

  it.each(cases.filter(({ error }) => error))('refuses $input (line $line)', (one) => {
    expect(() => expand(one)).toThrow();
  });

  it.each([
    ['${v#*/}', 'b/c.txt'],
    ['${v##*/}', 'c.txt'],
    ['${v%/*}', 'a/b'],
    ['${v%%/*}', 'a'],
    ['${v/b/X}', 'a/X/c.txt'],
    ['${v//[ac]/X}', 'a/b/c.txt'],
    ['${v//?/x}', 'xxxxxxxxx'],
    ['${v/a\\/b/X}', 'X/c.txt'],
  ])('cuts and replaces by pattern: %s', (input, expected) => {
    expect(expandWord(input, { get: () => 'a/b/c.txt', escape: '\\' })).toBe(expected);
  });

  it('uses the escape character of the file', () => {
    expect(expandWord('a`$x\\b', { get: () => 'v', escape: '`' })).toBe('a$x\\b');
  });

  it('takes quotes as they are where told so: in heredocs', () => {
    const context = { get: () => 'v', escape: '\\', ignoresQuotes: true };
    expect(expandWord("it's \"$x\" '${x}' \\$x \\n \\\\", context)).toBe("it's \"v\" 'v' $x n \\");
  });
});
