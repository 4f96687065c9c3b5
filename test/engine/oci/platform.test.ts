import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  armVariant,
  formatPlatform,
  normalizePlatform,
  type Platform,
  parsePlatform,
} from '../../../src/engine/oci/platform.ts';
import { matchesPlatform, orderPlatforms } from '../../../src/engine/oci/platform-match.ts';

interface Case {
  fn: string;
  // biome-ignore lint/suspicious/noExplicitAny: rows differ by function
  input?: any;
  // biome-ignore lint/suspicious/noExplicitAny: rows differ by function
  expected?: any;
  error?: true;
  format?: string;
  formatAll?: string;
  matches?: Platform[];
  host?: string;
  match?: string[];
  noMatch?: string[];
  by?: string[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../data/platforms.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const host: Platform = { os: 'linux', architecture: 'amd64' };
const rows = (fn: string) =>
  cases.filter((row) => row.fn === fn).map((row) => [JSON.stringify(row.input ?? row.host), row] as const);
const read = (text: string) => parsePlatform(text, host);

describe('platforms, by the table of containerd', () => {
  it.each(rows('parse'))('reads %s', (_, row) => {
    if (row.error) return expect(() => read(row.input)).toThrow('invalid argument');
    const parsed = read(row.input);
    expect(parsed).toEqual(row.expected);
    expect(formatPlatform(parsed)).toBe(row.format ?? row.formatAll);
    for (const same of row.matches ?? []) expect(normalizePlatform(parsed)).toEqual(normalizePlatform(same));
  });

  it.each(rows('formatAll'))('prints %s', (_, row) => {
    expect(formatPlatform(row.input)).toBe(row.expected);
  });

  it.each(rows('only'))('%s runs what it can', (_, row) => {
    for (const text of row.match!)
      expect([text, matchesPlatform(read(row.host!), read(text))]).toEqual([text, true]);
    for (const text of row.noMatch!)
      expect([text, matchesPlatform(read(row.host!), read(text))]).toEqual([text, false]);
  });

  it.each(rows('onlyStrict'))('%s strictly is only itself', (_, row) => {
    for (const text of row.match!)
      expect([text, matchesPlatform(read(row.host!), read(text), true)]).toEqual([text, true]);
    for (const text of row.noMatch!)
      expect([text, matchesPlatform(read(row.host!), read(text), true)]).toEqual([text, false]);
  });

  it.each(
    rows('order')
      .filter(([, row]) => row.by?.includes('only'))
      .map(([, row]) => [row.host!, row] as const),
  )('for %s the best comes first', (_, row) => {
    expect(orderPlatforms(read(row.host!), row.input as string[], read)).toEqual(row.expected);
  });

  it.each(rows('armVariantOfMachine'))('knows the variant of %s', (_, row) => {
    const expected = row.error ? undefined : row.expected === 'unknown' ? 'unknown' : `v${row.expected}`;
    expect(armVariant(row.input)).toBe(expected);
  });
});
