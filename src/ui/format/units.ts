/** Sizes and ages as Docker writes and reads them (test/data/units.json holds the cases). Pure. */
import { humanDuration } from '../../engine/index.ts';
import { goQuote } from './names.ts';

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

/** Go's `%.Ng`: no trailing zeros, exponent of two digits when it has more than N digits before the point, a tie to the even digit. */
function significant(value: number, digits: number): string {
  const text = evenTie(value, digits).toPrecision(digits);
  const [mantissa = '', exponent] = text.split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (exponent === undefined) return short;
  return `${short}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** `toPrecision` takes a tie away from zero: where the even digit is the lower one, the tail goes first. */
function evenTie(value: number, digits: number): number {
  const [, kept, tail, exponent] = /^(-?\d\.\d*)(50*)e(.*)$/.exec(value.toExponential(60)) ?? [];
  const isTie = kept !== undefined && kept.replace(/[-.]/g, '').length === digits && /[02468]$/.test(kept);
  return isTie && tail !== undefined ? Number(`${kept}e${exponent}`) : value;
}

/** '32kB' → 32000. Throws `invalid size: 'x'`, `invalid suffix: 'x'` or what Go says of a number. */
export function fromHumanSize(text: string): number {
  return parseSize(text, 1000);
}

/** '32k' → 32768, as --memory and --shm-size read it. Throws as `fromHumanSize`. */
export function ramInBytes(text: string): number {
  return parseSize(text, 1024);
}

function parseSize(text: string, base: number): number {
  const space = text.indexOf(' ');
  const end =
    space < 0 ? Math.max(...Array.from('0123456789.', (char) => text.lastIndexOf(char))) : space - 1;
  if (end < 0 && space < 0) throw new Error(`invalid size: '${text}'`);
  const size = parseFloatAsGo(text.slice(0, end + 1));
  if (size < 0) throw new Error(`invalid size: '${text}'`);
  const suffix = text.slice(space < 0 ? end + 1 : space + 1);
  if (suffix.length > 3) throw new Error(`invalid suffix: '${suffix}'`);
  const [, unit = '', rest = ''] = /^(.?)(.*)$/s.exec(suffix.toLowerCase())!;
  const power = SUFFIXES.indexOf(unit);
  if (power < 0 || !(rest === '' || (power > 0 && (rest === 'b' || rest === 'ib')))) {
    throw new Error(`invalid suffix: '${suffix.toLowerCase()}'`);
  }
  const bytes = Math.trunc(size * base ** power) + 0; // -0 becomes 0
  if (bytes >= 2 ** 63) throw new Error(`invalid size: '${text}'`); // Docker takes what is left of 64 bits
  return bytes;
}

/** Throws in the words of Go's strconv.ParseFloat. */
function parseFloatAsGo(text: string): number {
  const refuse = (why: string) => new Error(`strconv.ParseFloat: parsing ${goQuote(text)}: ${why}`);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw refuse('invalid syntax');
  const value = Number(text);
  if (!Number.isFinite(value)) throw refuse('value out of range');
  return value;
}

/** '3 hours ago'; Docker prints 'N/A' for a time that never was. */
export function ago(thenMs: number, nowMs: number): string {
  return Number.isFinite(thenMs) && thenMs > -62_135_596_800_000
    ? `${humanDuration(nowMs - thenMs)} ago`
    : 'N/A';
}
