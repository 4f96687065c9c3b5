/** Points in time as Docker's options give them (`--since`, `--until`), exact to the nanosecond. */
import { readDuration } from './duration.ts';
import { EngineError } from './errors.ts';

/** Seconds since 1970 and nanoseconds within the second: a double can't hold both. */
export interface Timestamp {
  seconds: number;
  nanos: number;
}

export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

const UNIX = /^\+?(\d+)(?:\.(\d{0,20}))?$/;
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?(?:(Z)|([+-]\d\d):(\d\d))?$/;
const NANOS = 1_000_000_000n;

/**
 * Reads RFC 3339 (also without seconds, time or zone: then local time), seconds since 1970 with a fraction, or a Go duration back
 * from now ('10m', '1h30m'): the forms of Docker's `--since`. `option` names the option in the error.
 * Throws INVALID_ARGUMENT.
 */
export function parseTimestamp(text: string, option: string, nowMs = Date.now()): Timestamp {
  const parsed = parseUnix(text) ?? parseDate(text) ?? parseDuration(text, nowMs);
  if (parsed !== undefined) return parsed;
  throw new EngineError(
    'INVALID_ARGUMENT',
    `invalid value for "${option}": failed to parse value as time or duration: "${text}"`,
    { hint: "give a time such as 2026-01-02T15:04:05Z, or a duration such as '10m'" },
  );
}

function parseUnix(text: string): Timestamp | undefined {
  const [, seconds, fraction = ''] = UNIX.exec(text) ?? [];
  if (seconds === undefined || text === '+0' || BigInt(seconds) >= 2n ** 63n) return undefined;
  return { seconds: Number(seconds), nanos: nanosOf(fraction) };
}

const nanosOf = (fraction: string): number => Number(fraction.slice(0, 9).padEnd(9, '0'));

function parseDuration(text: string, nowMs: number): Timestamp | undefined {
  try {
    const nanos = BigInt(Math.round(nowMs)) * 1_000_000n - BigInt(readDuration(text));
    const rest = ((nanos % NANOS) + NANOS) % NANOS;
    return { seconds: Number((nanos - rest) / NANOS), nanos: Number(rest) };
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** A day or an hour that there is not is no time. */
function parseDate(text: string): Timestamp | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0)) as Numbers;
  const [, , , , , , , fraction = '', utc, zoneHours, zoneMinutes] = match;
  const isLocal = utc === undefined && zoneHours === undefined;
  const daysInMonth = new Date(Date.UTC(2000, month, 0)).setUTCFullYear(year, month, 0);
  if (month < 1 || month > 12 || day < 1 || day > new Date(daysInMonth).getUTCDate()) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = isLocal
    ? new Date(year, month - 1, day, hour, minute, second).setFullYear(year)
    : new Date(Date.UTC(year, month - 1, day, hour, minute, second)).setUTCFullYear(year);
  const offset = zoneOffset(zoneHours, zoneMinutes);
  return offset === undefined ? undefined : { seconds: ms / 1000 - offset, nanos: nanosOf(fraction) };
}

type Numbers = [number, number, number, number, number, number];

/** Seconds east of Greenwich, as wide as Go takes them. */
function zoneOffset(hours = '+00', minutes = '00'): number | undefined {
  const [h, m] = [Number(hours.slice(1)), Number(minutes)];
  if (h > 24 || m > 60) return undefined;
  return (hours.startsWith('-') ? -1 : 1) * (h * 3600 + m * 60);
}
