/** Points in time as Docker's options give them (`--since`, `--until`), exact to the nanosecond. */
import { EngineError } from './errors.ts';

/** Seconds since 1970 and nanoseconds within the second: a double can't hold both. */
export interface Timestamp {
  seconds: number;
  nanos: number;
}

export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

const DURATION = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g;
const UNIX = /^(-?\d+)(?:\.(\d{1,9}))?$/;
const RFC3339 = /^(\d{4}-\d\d-\d\d)(?:T(\d\d(?::\d\d(?::\d\d)?)?))?(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Reads RFC 3339 (also without seconds, time or zone: then local time), seconds since 1970 with a fraction, or a Go duration back
 * from now ('10m', '1h30m'): the forms of Docker's `--since`. `option` names the option in the error.
 * Throws INVALID_ARGUMENT.
 */
export function parseTimestamp(text: string, option: string, nowMs = Date.now()): Timestamp {
  const unix = UNIX.exec(text);
  if (unix !== null) return { seconds: Number(unix[1]), nanos: Number((unix[2] ?? '').padEnd(9, '0')) };
  if (DURATION.test(text)) return fromMs(nowMs - durationMs(text));
  const parsed = parseDate(text);
  if (parsed !== undefined) return parsed;
  throw new EngineError(
    'INVALID_ARGUMENT',
    `invalid value for "${option}": failed to parse value as time or duration: "${text}"`,
    { hint: "give a time such as 2026-01-02T15:04:05Z, or a duration such as '10m'" },
  );
}

function fromMs(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor((ms - seconds * 1000) * 1e6) };
}

function durationMs(text: string): number {
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(DURATION_PART))
    seconds += Number(amount) * UNIT_SECONDS[unit!]!;
  return (text.startsWith('-') ? -seconds : seconds) * 1000;
}

function parseDate(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, date, time = '00', fraction = '', zone = ''] = match;
  const clock = `${time}:00:00`.slice(0, 8);
  const ms = Date.parse(`${date}T${clock}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return { seconds: ms / 1000, nanos: Number(fraction.padEnd(9, '0')) };
}
