/** Reads a container's log in blocks of whole records, across rotations, and waits for more when following. */
import { compareTimestamps, parseTimestamp, type Timestamp } from '../../timestamps.ts';
import type { LogOptions } from '../../types/logs.ts';
import { closeLogs, type OpenLog, openLogs, openSuccessors } from './log-files.ts';
import { isRecord, lastRecordStart, recordEnd, timeOf } from './log-records.ts';
import { type LogPosition, laterPosition, seekTail, seekTime } from './log-seek.ts';
import type { LogWatch } from './log-watch.ts';

/** Bytes `start` to `end` of the buffer are whole records, newline included. The reader never touches a block again. */
export interface RecordBlock {
  buffer: Buffer;
  start: number;
  end: number;
}

/** Large enough that reading costs nothing beside looking at the records, small enough for caches and memory. */
const BLOCK_BYTES = 512 * 1024;
/** Once a follower has caught up a little comes at a time: large blocks would only be garbage. */
const FOLLOW_BLOCK_BYTES = 64 * 1024;

/**
 * A follower that stopped reading keeps so many files open, of which all but the newest few are removed by now: more of them would fill
 * the disk, so what comes then is lost to it once it is rotated away.
 */
const HELD_FILES = 16;

/** A reading of one log. `watch` is given when it follows. */
interface Reading {
  folder: string;
  since: Timestamp | undefined;
  until: Timestamp | undefined;
  tail: number | undefined;
  watch: LogWatch | undefined;
  signal: AbortSignal | undefined;
}

/**
 * The blocks of the log in `folder` that `options` ask for. With `watch` it goes on until the container has ended and
 * everything was read, else to what was there at the call. Throws INVALID_ARGUMENT for times that can't be read, CANCELED.
 */
export function readRecords(
  folder: string,
  options: LogOptions,
  watch?: LogWatch,
): AsyncGenerator<RecordBlock, void, void> {
  const time = (text: string | undefined, name: string) => (text ? parseTimestamp(text, name) : undefined);
  const tail = options.tail !== undefined && options.tail >= 0 ? options.tail : undefined;
  const since = time(options.since, 'since');
  const until = time(options.until, 'until');
  return walk({ folder, since, until, tail, watch, signal: options.signal });
}

async function* walk(reading: Reading): AsyncGenerator<RecordBlock, void, void> {
  const queue = await openLogs(reading.folder);
  try {
    const start = await seek(queue, reading);
    await closeLogs(queue.splice(0, start.index));
    if (queue[0] === undefined) return yield* waitForFirst(reading, queue);
    yield* new RecordWalk(reading, queue, start.offset).blocks();
  } finally {
    await closeLogs(queue);
  }
}

async function* waitForFirst(reading: Reading, queue: OpenLog[]): AsyncGenerator<RecordBlock, void, void> {
  while (reading.watch !== undefined && queue.length === 0) {
    const isOver = reading.watch.isOver();
    queue.push(...(await openLogs(reading.folder)));
    if (queue.length > 0) yield* new RecordWalk(reading, queue, 0).blocks();
    else if (isOver) return;
    else await reading.watch.changed();
  }
}

async function seek(logs: readonly OpenLog[], reading: Reading): Promise<LogPosition> {
  const start: LogPosition = { index: 0, offset: 0 };
  if (logs.length === 0) return start;
  const byTail = reading.tail === undefined ? start : await seekTail(logs, reading.tail);
  const byTime = reading.since === undefined ? start : await seekTime(logs, reading.since);
  return laterPosition(byTail, byTime);
}

/** Walks from file to file; holds the bytes of a record that a read cut in two. */
class RecordWalk {
  private readonly reading: Reading;
  /** the file being read is the first; it is closed when its successor takes over */
  private readonly queue: OpenLog[];
  private position: number;
  private rest: Buffer = Buffer.alloc(0);
  private isSinceReached: boolean;
  private blockBytes = BLOCK_BYTES;
  /** true when a record later than `until` was seen */
  private isPastUntil = false;
  /** newer files are looked for one after the other: while we read, and when a rotation is told */
  private opening: Promise<void> = Promise.resolve();
  private isEnded = false;

  constructor(reading: Reading, queue: OpenLog[], position: number) {
    this.reading = reading;
    this.queue = queue;
    this.position = position;
    this.isSinceReached = reading.since === undefined;
  }

  async *blocks(): AsyncGenerator<RecordBlock, void, void> {
    // what fails here fails again where it can be told
    this.reading.watch?.onRotation(() => void this.openNewer().catch(() => {}));
    try {
      yield* this.walk();
    } finally {
      this.isEnded = true;
      await this.opening.catch(() => {});
    }
  }

  private async *walk(): AsyncGenerator<RecordBlock, void, void> {
    for (;;) {
      // Asked before reading: what was written until the end is then surely read.
      const isOver = this.reading.watch?.isOver() ?? true;
      yield* this.toEndOfFile();
      if (this.isPastUntil) return;
      if (await this.nextFile()) continue;
      if (isOver) return;
      if (!(await this.isUnchanged())) continue;
      this.blockBytes = FOLLOW_BLOCK_BYTES;
      await this.reading.watch!.changed();
    }
  }

  private async *toEndOfFile(): AsyncGenerator<RecordBlock, void, void> {
    for (;;) {
      this.reading.signal?.throwIfAborted();
      await this.openNewer();
      const block = await this.readBlock();
      if (block === undefined) return;
      this.cutByTime(block);
      if (block.start < block.end) yield block;
      if (this.isPastUntil) return;
    }
  }

  private async readBlock(): Promise<RecordBlock | undefined> {
    const log = this.queue[0]!;
    const limit =
      this.reading.watch === undefined && this.queue.length === 1
        ? log.sizeBytes - this.position
        : this.blockBytes;
    const buffer = Buffer.allocUnsafeSlow(this.rest.length + Math.max(0, Math.min(this.blockBytes, limit)));
    const { bytesRead } = await log.handle.read(
      buffer,
      this.rest.length,
      buffer.length - this.rest.length,
      this.position,
    );
    if (bytesRead === 0) return undefined;
    this.rest.copy(buffer);
    const filled = this.rest.length + bytesRead;
    this.position += bytesRead;
    const end = buffer.lastIndexOf(0x0a, filled - 1) + 1;
    // No monitor writes a record that long: pass over it rather than collect it.
    const isEndless = end === 0 && filled > BLOCK_BYTES;
    this.rest = isEndless ? Buffer.alloc(0) : Buffer.from(buffer.subarray(end, filled));
    return { buffer, start: 0, end };
  }

  /** Drops records before `since` and after `until`. */
  private cutByTime(block: RecordBlock): void {
    const { since, until } = this.reading;
    if (!this.isSinceReached && block.start < block.end) {
      block.start = firstMatching(block, (time) => compareTimestamps(time, since!) >= 0);
      this.isSinceReached = block.start < block.end;
    }
    if (until === undefined || block.start >= block.end) return;
    const last = lastRecordStart(block.buffer, block.end);
    if (isRecord(block.buffer, last, block.end) && compareTimestamps(timeOf(block.buffer, last), until) <= 0)
      return;
    const end = firstMatching(block, (time) => compareTimestamps(time, until) > 0);
    this.isPastUntil = end < block.end;
    block.end = end;
  }

  /** Opens files as soon as they are there, so that none is removed while a follower is behind. */
  private openNewer(): Promise<void> {
    if (this.reading.watch === undefined) return this.opening;
    const before = this.opening.catch(() => {});
    this.opening = before.then(() => this.findNewer());
    return this.opening;
  }

  private async findNewer(): Promise<void> {
    if (this.isEnded || this.queue.length >= HELD_FILES) return;
    this.queue.push(...(await openSuccessors(this.reading.folder, this.queue.at(-1)!.inode)));
  }

  /** Goes on to the file after this one when there is one and this one is read to its end. */
  private async nextFile(): Promise<boolean> {
    if (this.queue.length === 1) {
      await this.openNewer();
      return this.queue.length > 1; // reads the old one once more: lines may have come before the rename
    }
    if (!(await this.isUnchanged())) return true;
    await this.queue.shift()!.handle.close();
    this.position = 0;
    this.rest = Buffer.alloc(0);
    return true;
  }

  /** True when the file has not grown past what was read; starts over when it was truncated. */
  private async isUnchanged(): Promise<boolean> {
    const { size } = await this.queue[0]!.handle.stat();
    if (size >= this.position) return size === this.position;
    this.position = 0;
    this.rest = Buffer.alloc(0);
    return size === 0;
  }
}

/** Start of the first record whose time satisfies `test`; the block's end when none does. */
function firstMatching(block: RecordBlock, test: (time: Timestamp) => boolean): number {
  const { buffer, end } = block;
  for (let at = block.start; at < end; at = recordEnd(buffer, at) + 1) {
    if (isRecord(buffer, at, end) && test(timeOf(buffer, at))) return at;
  }
  return end;
}
