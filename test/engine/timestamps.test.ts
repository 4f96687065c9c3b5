import { describe, expect, it } from 'vitest';
import { parseTimestamp } from '../../src/engine/timestamps.ts';

const NOW_MS = 1_700_000_000_123;

/** As the daemon of moby reads --since (its timestamp package, at b985e2313a86). */
describe('points in time', () => {
  it.each([
    ['1136073600.0000000010', 1136073600, 1],
    ['1.', 1, 0],
    ['+1', 1, 0],
    ['0', 0, 0],
    ['10ns', 1700000000, 122999990],
    ['1\u03bcs', 1700000000, 122999000],
    ['-5m', 1700000300, 123000000],
    ['2006-01-02T1Z', 1136163600, 0],
    ['2006-01-02T15:04:05,5Z', 1136214245, 500000000],
    ['2006-01-02T15:04:05.999999999+07:00', 1136189045, 999999999],
    ['2006-01-02+00:00', 1136160000, 0],
    ['2004-02-29Z', 1078012800, 0],
    ['0001-01-01Z', -62135596800, 0],
  ])('reads %s', (text, seconds, nanos) => {
    expect(parseTimestamp(text, 'since', NOW_MS)).toEqual({ seconds, nanos });
  });

  it.each([
    '',
    ' ',
    '-1',
    '-1.5',
    '.5',
    '5x',
    '2006-02-30',
    '2006-13-01Z',
    '2006-01-02T24:00:00Z',
    '2006-01-02T15:60Z',
    '2006-01-02.5Z',
    '2006-01-02T15:04.5Z',
    '2006-01-02T15:04:05.1234567890Z',
    '2006-01-02 15:04:05',
    '9223372036854775808',
    '2562048h',
  ])('refuses %j', (text) => {
    expect(() => parseTimestamp(text, 'since', NOW_MS)).toThrow(
      `invalid value for "since": failed to parse value as time or duration: "${text}"`,
    );
  });
});
