/** Go's duration texts ('1h30m', '500ms'), as flags and configuration values have them. Pure. */
import { EngineError } from './errors.ts';

/** Nanoseconds in each of Go's units. */
const NS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['\u00b5s', 1e3], // the micro sign
  ['\u03bcs', 1e3], // the Greek letter
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);
const PART = /^(?=\.?\d)(\d*)\.?(\d*)([^\d.]*)/;

/** Nanoseconds, negative ones too. Throws INVALID_ARGUMENT in the words of Go's time.ParseDuration. */
export function readDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw refused('invalid', text);
  let total = 0;
  while (rest !== '') {
    const [part, whole, fraction = '', unit] = PART.exec(rest) ?? [];
    if (part === undefined) throw refused('invalid', text);
    if (unit === '') throw refused('missing unit in', text);
    const ns = NS_PER_UNIT.get(unit!);
    if (ns === undefined) throw refused(`unknown unit ${JSON.stringify(unit)} in`, text);
    total += Number(whole) * ns + Math.trunc(Number(fraction) * (ns / 10 ** fraction.length));
    rest = rest.slice(part.length);
  }
  if (total >= 2 ** 63) throw refused('invalid', text);
  return sign * total + 0; // -0 becomes 0
}

const refused = (what: string, text: string) =>
  new EngineError('INVALID_ARGUMENT', `time: ${what} duration ${JSON.stringify(text)}`);
