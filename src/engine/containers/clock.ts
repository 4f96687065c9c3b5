/** Time as records hold it. */
import { nowMs } from '../clock.ts';

/** Docker's "never". */
export const NEVER = '0001-01-01T00:00:00Z';

/** Now, RFC 3339 in UTC with nanoseconds (the clock gives microseconds). */
export function timestamp(): string {
  const ms = nowMs();
  const fraction = Math.floor((ms - Math.floor(ms)) * 1e6);
  const seconds = new Date(Math.floor(ms)).toISOString().slice(0, -1);
  return `${seconds}${String(fraction).padStart(6, '0')}Z`;
}
