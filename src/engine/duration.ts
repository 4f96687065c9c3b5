/** Go's duration texts ('1h30m', '500ms'), read for configuration values. Pure. */
import { EngineError } from './errors.ts';

/** Nanoseconds in each of Go's units. */
export const NS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const DURATION = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;

/** Nanoseconds. Throws INVALID_ARGUMENT 'time: invalid duration "x"'. */
export function readDuration(text: string): number {
  if (text === '0') return 0;
  if (!DURATION.test(text)) throw new EngineError('INVALID_ARGUMENT', `time: invalid duration "${text}"`);
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * NS_PER_UNIT[unit!]!;
  return total;
}
