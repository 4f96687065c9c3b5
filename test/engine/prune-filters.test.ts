import { describe, expect, it } from 'vitest';
import { checkFilters, fitsLabels, untilOf } from '../../src/engine/prune-filters.ts';

describe('filters of prunes', () => {
  it('are refused in Docker’s words when they are unknown', () => {
    expect(() => checkFilters({ foo: ['1'] }, ['until'])).toThrow("Invalid filter 'foo'");
    expect(() => checkFilters({ until: ['1h'] }, ['until'])).not.toThrow();
  });

  it('take one time, in Docker’s words too', () => {
    expect(untilOf({})).toBeUndefined();
    expect(untilOf({ until: ['1700000000'] })).toEqual({ seconds: 1_700_000_000, nanos: 0 });
    expect(() => untilOf({ until: ['1h', '2h'] })).toThrow('more than one until filter specified');
    expect(() => untilOf({ until: ['xx'] })).toThrow(/^failed to parse value as time or duration: "xx"$/);
  });

  it.each<[Record<string, string> | null, Record<string, string[]>, boolean]>([
    [{ a: '1' }, {}, true],
    [null, {}, true],
    [{ a: '1' }, { label: ['a'] }, true],
    [{ a: '1' }, { label: ['a=1'] }, true],
    [{ a: '1' }, { label: ['a=2'] }, false],
    [{ a: 'x=y' }, { label: ['a=x=y'] }, true],
    [{ a: '1' }, { label: ['a', 'b'] }, false],
    [{ a: '1' }, { 'label!': ['a'] }, false],
    [{ a: '1' }, { 'label!': ['a=2'] }, true],
    [{ a: '1', b: '2' }, { 'label!': ['c', 'b'] }, false],
    [null, { label: ['a'] }, false],
    [null, { 'label!': ['a'] }, true],
    [{}, { label: ['constructor'] }, false],
  ])('finds %j with %j: %s', (labels, filters, fits) => {
    expect(fitsLabels(labels, filters)).toBe(fits);
  });
});
