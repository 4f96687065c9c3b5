/** Sizes and ages as Docker writes and reads them (test/data/units.json holds the cases). Pure. */

const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'];
const SUFFIXES = 'bkmgtp';

/** Powers of 1000: 1024 → '1.024kB'. `images` and `ps -s` use three significant digits. */
export function humanSize(bytes: number, digits = 4): string {
  return withUnit(bytes, 1000, DECIMAL, digits);
}

/** Powers of 1024: 1048576 → '1MiB' (memory in `stats` and `info`). */
export function bytesSize(bytes: number): string {
  return withUnit(bytes, 1024, BINARY, 4);
}

function withUnit(bytes: number, base: number, units: readonly string[], digits: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= base && unit < units.length - 1) {
    size /= base;
    unit += 1;
  }
  return `${significant(size, digits)}${units[unit]}`;
}

/** Go's `%.Ng`: no trailing zeros, exponent of two digits when it has more than N digits before the point. */
function significant(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  const [mantissa = '', exponent] = text.split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (exponent === undefined) return short;
  return `${short}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** '32kB' → 32000. Throws `invalid size: 'x'` or `invalid suffix: 'x'`. */
export function fromHumanSize(text: string): number {
  return parseSize(text, 1000);
}

/** '32k' → 32768, as --memory and --shm-size read it. Throws as `fromHumanSize`. */
export function ramInBytes(text: string): number {
  return parseSize(text, 1024);
}

function parseSize(text: string, base: number): number {
  const end = Math.max(...Array.from('0123456789. ', (char) => text.lastIndexOf(char)));
  const number = text[end] === ' ' ? text.slice(0, end) : text.slice(0, end + 1);
  const suffix = text.slice(end + 1).toLowerCase();
  if (end < 0 || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number))
    throw new Error(`invalid size: '${text}'`);
  const size = Number(number);
  if (size < 0) throw new Error(`invalid size: '${text}'`);
  const power = suffix === '' ? 0 : SUFFIXES.indexOf(suffix[0]!);
  const rest = suffix.slice(1);
  if (power < 0 || !(rest === '' || (power > 0 && (rest === 'b' || rest === 'ib')))) {
    throw new Error(`invalid suffix: '${suffix}'`);
  }
  return Math.trunc(size * base ** power) + 0; // -0 becomes 0
}

const HOUR_MS = 3_600_000;

/** '5 minutes', 'About an hour': what ps and images print before ' ago' (go-units HumanDuration). */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(durationMs / HOUR_MS + 0.5);
  if (hours === 1) return 'About an hour';
  return manyHours(hours, Math.trunc(durationMs / HOUR_MS));
}

function manyHours(hours: number, wholeHours: number): string {
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(wholeHours / 24 / 365)} years`;
}

/** '3 hours ago'; Docker prints 'N/A' for a time that never was. */
export function ago(thenMs: number, nowMs: number): string {
  return Number.isFinite(thenMs) && thenMs > -62_135_596_800_000
    ? `${humanDuration(nowMs - thenMs)} ago`
    : 'N/A';
}
