/** Sizes and ages as Docker writes and reads them (test/data/units.json holds the cases). Pure. */
import { humanDuration } from '../../engine/index.ts';

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

/** '3 hours ago'; Docker prints 'N/A' for a time that never was. */
export function ago(thenMs: number, nowMs: number): string {
  return Number.isFinite(thenMs) && thenMs > -62_135_596_800_000
    ? `${humanDuration(nowMs - thenMs)} ago`
    : 'N/A';
}
