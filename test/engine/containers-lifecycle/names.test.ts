import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkName, claimName, claimRandomName } from '../../../src/engine/containers/names.ts';
import { containerNames } from '../../../src/engine/containers/records.ts';
import { openContext, type TestContext } from '../../support/engine-store.ts';

const table = JSON.parse(readFileSync(new URL('../../data/names.json', import.meta.url), 'utf8')) as {
  cases: { list: 'adjectives' | 'surnames' | 'forbidden'; words: string[] }[];
};
const wordsOf = (list: string): string[] => table.cases.find((each) => each.list === list)!.words;

describe('made-up names', () => {
  let ctx: TestContext;
  beforeEach(() => {
    ctx = openContext();
  });
  afterEach(() => ctx.close());

  /** Math.random gives these, then 0. */
  const random = (...values: number[]) => {
    const next = vi.spyOn(Math, 'random').mockReturnValue(0);
    for (const value of values) next.mockReturnValueOnce(value);
  };
  const place = (list: string, word: string) => (wordsOf(list).indexOf(word) + 0.5) / wordsOf(list).length;

  it("are one of Docker's adjectives and one of its surnames, every one of them", () => {
    for (const [i, adjective] of wordsOf('adjectives').entries()) {
      random((i + 0.5) / wordsOf('adjectives').length);
      expect(claimRandomName(ctx, `a${i}`)).toBe(`${adjective}_${wordsOf('surnames')[0]}`);
    }
    for (const [i, surname] of wordsOf('surnames').entries()) {
      if (i === 0) continue;
      random(0, (i + 0.5) / wordsOf('surnames').length);
      expect(claimRandomName(ctx, `s${i}`)).toBe(`${wordsOf('adjectives')[0]}_${surname}`);
    }
  });

  it('are made up again when nobody may be called so', () => {
    const [adjective = '', surname = ''] = wordsOf('forbidden')[0]!.split('_');
    random(place('adjectives', adjective), place('surnames', surname));
    expect(claimRandomName(ctx, 'a')).toBe(`${wordsOf('adjectives')[0]}_${wordsOf('surnames')[0]}`);
  });

  it('get a digit when they are taken, and are the short id at last', () => {
    random();
    const first = claimRandomName(ctx, 'a');
    expect(claimRandomName(ctx, 'b')).toBe(`${first}0`);
    expect(claimRandomName(ctx, '0123456789abcdef')).toBe('0123456789ab');
    expect(containerNames(ctx).get(first)).toBe('a');
  });
});

describe('given names', () => {
  it.each([
    ['web', 'web'],
    ['/web', 'web'],
    ['a.b-c_1', 'a.b-c_1'],
  ])('%s is %s', (given, name) => expect(checkName(given)).toBe(name));

  it.each(['a', '/', '-web', 'a b', '//web', 'web/', '容器', 'a\nb'])('%j is refused', (given) => {
    expect(() => checkName(given)).toThrow(
      `Invalid container name (${given}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  });

  it('belong to one container', () => {
    const ctx = openContext();
    claimName(ctx, 'web', 'first');
    expect(() => claimName(ctx, 'web', 'second')).toThrow(
      'Conflict. The container name "/web" is already in use by container "first". You have to remove (or rename) that container to be able to reuse that name.',
    );
    ctx.close();
  });
});
