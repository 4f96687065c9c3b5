import { describe, expect, it } from 'vitest';
import { globMatcher, type Part } from '../../../src/engine/build/glob.ts';
import { compileIgnore } from '../../../src/engine/build/ignore.ts';
import { pathMatcher } from '../../../src/engine/build/path-match.ts';

/** The same numbers in every run. */
function numbers(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const PIECES: readonly Part[] = [
  ...['a', 'b', '/', '[^/]', '[a-b]', '\u{1f600}'].map((source) => ({ kind: 'one' as const, source })),
  { kind: 'many', source: '[^/]' },
  { kind: 'many', source: '.' },
  { kind: 'folders' },
];

const TEXT: Record<Part['kind'], (part: Part) => string> = {
  one: (part) => ('source' in part ? part.source : ''),
  many: (part) => ('source' in part ? `${part.source}*` : ''),
  folders: () => '(?:.*/)?',
};

describe('patterns of paths', () => {
  it('match what their regular expressions match, however many pieces are of any length', () => {
    const next = numbers(7);
    const of = <T>(list: readonly T[]) => list[next(list.length)]!;
    let matched = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const parts = Array.from({ length: next(9) }, () => of(PIECES));
      const path = Array.from({ length: next(8) }, () => of(['a', 'b', '/', '\u{1f600}', '\n'])).join('');
      const expected = new RegExp(`^${parts.map((part) => TEXT[part.kind](part)).join('')}$`, 'su').test(
        path,
      );
      if (expected) matched += 1;
      expect([parts, path, globMatcher(parts)(path)]).toEqual([parts, path, expected]);
    }
    expect(matched).toBeGreaterThan(1000);
  });

  it('end soon for a long name that a pattern of many stars nearly matches', () => {
    const [name, pattern] = ['a'.repeat(255), `${'*a'.repeat(40)}b`];
    expect(pathMatcher(pattern)(name)).toBe(false);
    expect(pathMatcher(pattern)(`${name}b`)).toBe(true);
    expect(compileIgnore([pattern, `**/${'a/**/'.repeat(20)}b`]).isIgnored('a/'.repeat(500) + name)).toBe(
      false,
    );
  });
});
