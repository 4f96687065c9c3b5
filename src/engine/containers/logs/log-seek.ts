/** Finds where to begin in a log without reading it: the last n lines backwards, a time by bisection. */
import { compareTimestamps, type Timestamp } from '../../timestamps.ts';
import type { OpenLog } from './log-files.ts';
import { isPartial, isRecord, lastRecordStart, recordEnd, timeOf } from './log-records.ts';

/** A place in a log: which of the open files, and the byte where a record begins. */
export interface LogPosition {
  index: number;
  offset: number;
}

const WINDOW_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** The later of two places. */
export function laterPosition(a: LogPosition, b: LogPosition): LogPosition {
  return a.index > b.index || (a.index === b.index && a.offset > b.offset) ? a : b;
}

/**
 * Where the last `lines` logical lines begin. Reads backwards: the cost depends on `lines`, not on the log's size.
 * Both streams count, as in Docker; a beginning that another stream's line interrupts may be cut off.
 */
export async function seekTail(logs: readonly OpenLog[], lines: number): Promise<LogPosition> {
  let left = lines;
  for (let index = logs.length - 1; index >= 0; index--) {
    const found = await tailOfFile(logs[index]!, left, index === logs.length - 1);
    if (found.offset !== undefined) return { index, offset: found.offset };
    left -= found.lines;
  }
  return { index: 0, offset: 0 };
}

/** Counts lines from the end of one file. */
interface TailCount {
  /** lines wanted */
  wanted: number;
  lines: number;
  /** P records at the very end of the log are a line that has not ended */
  isAtEnd: boolean;
}

/** Either the offset where `lines` lines are left, or how many lines the whole file has. */
async function tailOfFile(
  log: OpenLog,
  lines: number,
  isNewest: boolean,
): Promise<{ offset?: number; lines: number }> {
  const count: TailCount = { wanted: lines, lines: 0, isAtEnd: isNewest };
  let end = log.sizeBytes;
  let windowBytes = WINDOW_BYTES;
  while (end > 0) {
    const start = Math.max(0, end - windowBytes);
    const buffer = await readAt(log, start, end - start);
    const { found, stop } = countBackwards(buffer, count, start === 0);
    if (found !== undefined) return { offset: start + found, lines };
    // A window grows when one record is larger than it.
    windowBytes = stop === buffer.length ? windowBytes * 2 : WINDOW_BYTES;
    end = start === 0 ? 0 : start + stop;
  }
  return { lines: count.lines };
}

/** Walks a window backwards; `found` is where the wanted lines begin, `stop` where the first whole record of the window begins. */
function countBackwards(
  buffer: Buffer,
  count: TailCount,
  isFirstWindow: boolean,
): { found?: number; stop: number } {
  let stop = buffer.lastIndexOf(NEWLINE) + 1; // behind it: a record still being written
  while (stop > 0) {
    const at = lastRecordStart(buffer, stop);
    if (at === 0 && !isFirstWindow) break;
    if (isRecord(buffer, at, stop)) {
      // A line ends with its F record.
      const endsLine = !isPartial(buffer, at);
      if ((endsLine || count.isAtEnd) && count.lines === count.wanted) return { found: stop, stop };
      if (endsLine || count.isAtEnd) count.lines += 1;
      count.isAtEnd = false;
    }
    stop = at;
  }
  return { stop };
}

/** Where the first record not older than `since` begins; behind the last byte when there is none. */
export async function seekTime(logs: readonly OpenLog[], since: Timestamp): Promise<LogPosition> {
  for (let index = 0; index < logs.length; index++) {
    const log = logs[index]!;
    const offset = await bisect(log, since);
    if (offset < log.sizeBytes || index === logs.length - 1) return { index, offset };
  }
  return { index: 0, offset: 0 };
}

/** Monotonic time is assumed; where the clock was set back, the reader still drops what is older. */
async function bisect(log: OpenLog, since: Timestamp): Promise<number> {
  let low = 0;
  let high = log.sizeBytes;
  while (high - low > WINDOW_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const record = await firstRecordAfter(log, middle);
    if (record !== undefined && compareTimestamps(record.time, since) < 0) low = record.offset;
    else high = middle;
  }
  return scan(log, low, since);
}

async function firstRecordAfter(
  log: OpenLog,
  offset: number,
): Promise<{ offset: number; time: Timestamp } | undefined> {
  const buffer = await readAt(log, offset, WINDOW_BYTES);
  for (let at = recordEnd(buffer, 0) + 1; at > 0; at = recordEnd(buffer, at) + 1) {
    if (isRecord(buffer, at, buffer.length)) return { offset: offset + at, time: timeOf(buffer, at) };
  }
  return undefined;
}

async function scan(log: OpenLog, from: number, since: Timestamp): Promise<number> {
  let offset = from;
  while (offset < log.sizeBytes) {
    const buffer = await readAt(log, offset, 2 * WINDOW_BYTES);
    let at = 0;
    for (let end = recordEnd(buffer, at); end !== -1; end = recordEnd(buffer, at)) {
      if (isRecord(buffer, at, end) && compareTimestamps(timeOf(buffer, at), since) >= 0) return offset + at;
      at = end + 1;
    }
    if (at === 0) return log.sizeBytes;
    offset += at;
  }
  return log.sizeBytes;
}

async function readAt(log: OpenLog, offset: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  const { bytesRead } = await log.handle.read(buffer, 0, bytes, offset);
  return buffer.subarray(0, bytesRead);
}
