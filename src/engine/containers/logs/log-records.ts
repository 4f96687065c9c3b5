/**
 * Records of the monitor's log, read from bytes without making strings.
 *
 * conmon's k8s-file format: `2026-11-21T04:09:24.670119124+00:00 stdout F text`. The header has a fixed width (nine digits of
 * nanoseconds, a numeric zone). `P`: no newline followed (yet), the next record of the stream continues the line; `F` ends it.
 */
import type { Timestamp } from '../../timestamps.ts';

/** Bytes before the text. */
export const HEADER_BYTES = 45;
/** Bytes of the time with its zone. */
export const TIME_BYTES = 35;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const LETTER_P = 0x50;
const LETTER_F = 0x46;
const LETTER_E = 0x65;
const LETTER_O = 0x6f;
const STREAM_LETTER_AT = TIME_BYTES + 4;
const PARTIAL_AT = HEADER_BYTES - 2;
/** Bytes of '2026-11-21T04:09:24'. */
const SECOND_BYTES = 19;

/** True when a record with a whole header begins at `at`; `end` is behind its last byte. Anything else in a log is passed over. */
export function isRecord(buffer: Buffer, at: number, end: number): boolean {
  if (end - at < HEADER_BYTES || buffer[at + TIME_BYTES] !== SPACE || buffer[at + HEADER_BYTES - 1] !== SPACE)
    return false;
  const stream = buffer[at + STREAM_LETTER_AT];
  const kind = buffer[at + PARTIAL_AT];
  return (stream === LETTER_O || stream === LETTER_E) && (kind === LETTER_F || kind === LETTER_P);
}

export const isStderr = (buffer: Buffer, at: number): boolean => buffer[at + STREAM_LETTER_AT] === LETTER_E;

export const isPartial = (buffer: Buffer, at: number): boolean => buffer[at + PARTIAL_AT] === LETTER_P;

/** Place of the newline that ends the record at `at`, -1 when the buffer ends before. */
export const recordEnd = (buffer: Buffer, at: number): number => buffer.indexOf(NEWLINE, at);

/** Start of the last record before `end` (which is behind a newline). */
export const lastRecordStart = (buffer: Buffer, end: number): number =>
  end < 2 ? 0 : buffer.lastIndexOf(NEWLINE, end - 2) + 1;

/** True when the time is in UTC already, as it is wherever the monitor ran without a zone. */
export function isUtc(buffer: Buffer, at: number): boolean {
  return (
    buffer[at + 30] === 0x30 &&
    buffer[at + 31] === 0x30 &&
    buffer[at + 33] === 0x30 &&
    buffer[at + 34] === 0x30
  );
}

/** The record's time as RFC 3339 in UTC with nine digits of nanoseconds, as Docker prints it. */
export function timeText(buffer: Buffer, at: number): string {
  const local = buffer.toString('latin1', at, at + TIME_BYTES);
  const fraction = local.slice(SECOND_BYTES, SECOND_BYTES + 10);
  if (isUtc(buffer, at)) return `${local.slice(0, SECOND_BYTES)}${fraction}Z`;
  const seconds = Date.parse(local.slice(0, SECOND_BYTES) + local.slice(SECOND_BYTES + 10));
  if (Number.isNaN(seconds)) return `${local.slice(0, SECOND_BYTES)}${fraction}Z`;
  return `${new Date(seconds).toISOString().slice(0, SECOND_BYTES)}${fraction}Z`;
}

/** The record's time; the epoch when the monitor wrote nonsense. */
export function timeOf(buffer: Buffer, at: number): Timestamp {
  const text = timeText(buffer, at);
  const seconds = Date.parse(`${text.slice(0, SECOND_BYTES)}Z`) / 1000;
  return Number.isNaN(seconds) ? { seconds: 0, nanos: 0 } : { seconds, nanos: Number(text.slice(20, 29)) };
}
