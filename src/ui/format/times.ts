/** Times as Go prints them. Pure. */

const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;

/** Nanoseconds since 1970, decimal → RFC 3339 in the local zone with all nine digits: '2026-11-21T09:36:03.282614347Z', '…+02:00'. */
export function localNanos(timeNano: string): string {
  const nanos = BigInt(timeNano);
  const date = new Date(Number(nanos / NS_PER_MS));
  const offset = -date.getTimezoneOffset();
  const clock = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${hoursMinutes(offset, ':')}`;
  return `${clock}.${String(nanos % NS_PER_S).padStart(9, '0')}${zone}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Minutes east of Greenwich → '0530', '05:30'. */
function hoursMinutes(offset: number, separator: string): string {
  return `${two(Math.trunc(Math.abs(offset) / 60))}${separator}${two(Math.abs(offset) % 60)}`;
}

/** Seconds since 1970 → '2026-11-21 09:21:05 +0000 UTC', or the local zone's offset and name. */
export function goTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${hoursMinutes(offset, '')}`;
  return `${day} ${time} ${zone} ${zoneName(date)}`;
}

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
}
