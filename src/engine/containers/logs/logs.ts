/** Verb logs: a container's output from the monitor's log, as lines. */
import { existsSync } from 'node:fs';
import type { Context } from '../../context.ts';
import { EngineError } from '../../errors.ts';
import { isLocked } from '../../state/locks.ts';
import { parseTimestamp } from '../../timestamps.ts';
import type { ContainerRecord } from '../../types/containers.ts';
import type { LogLine, LogOptions } from '../../types/logs.ts';
import { NEVER } from '../clock.ts';
import { containerDir, logFile } from '../paths.ts';
import { containerLock, findContainer } from '../records.ts';
import { type RecordBlock, readRecords } from './log-reader.ts';
import { HEADER_BYTES, isPartial, isRecord, isStderr, recordEnd, timeText } from './log-records.ts';
import { isLogDeleted, reopenDeleted } from './log-rotation.ts';
import { watchLog } from './log-watch.ts';

/** Longer lines are cut: one line of a hostile program must not fill our memory. */
const MAX_LINE_BYTES = 1024 * 1024;
/** A reader on a frame budget gets its lines in portions. */
const BATCH_LINES = 2000;

/**
 * The container's output in batches of lines, oldest first; P records are joined to one line. Follows until the container has ended
 * and all was read. Throws NOT_FOUND, INVALID_ARGUMENT (since, until, neither stream), CANCELED.
 */
export async function* logs(
  ctx: Context,
  nameOrId: string,
  options: LogOptions = {},
): AsyncGenerator<LogLine[], void, void> {
  const joiner = new LineJoiner(options);
  for await (const block of logBlocks(ctx, nameOrId, options)) yield* joiner.lines(block);
  const rest = joiner.unfinished();
  if (rest.length > 0) yield rest;
}

/** The blocks of records that both forms of `logs` read. */
export async function* logBlocks(
  ctx: Context,
  nameOrId: string,
  options: LogOptions,
): AsyncGenerator<RecordBlock, void, void> {
  const record = findContainer(ctx, nameOrId);
  const { Id, HostConfig } = record;
  if (HostConfig.LogConfig?.Type === 'none')
    throw new EngineError('UNIMPLEMENTED', 'configured logging driver does not support reading');
  if (options.stdout === false && options.stderr === false) {
    throw new EngineError('INVALID_ARGUMENT', 'you must choose at least one stream');
  }
  const folder = containerDir(ctx, Id);
  await checkLog(ctx, record);
  if (!options.follow) return yield* readRecords(folder, options);
  const until = options.until ? parseTimestamp(options.until, 'until') : undefined;
  const watch = await watchLog(ctx, Id, options.signal, until && until.seconds * 1000 + until.nanos / 1e6);
  try {
    yield* readRecords(folder, options, watch);
  } finally {
    watch.close();
  }
}

/** Throws DATA_LOSS when the log was deleted behind our back; a running container has a new one from then on. */
async function checkLog(ctx: Context, { Id, Name, State }: ContainerRecord): Promise<void> {
  const { StartedAt, Running, Restarting } = State;
  if (existsSync(logFile(ctx, Id)) || StartedAt === NEVER) return;
  const isDeleted = isLogDeleted(ctx, Id);
  if (isDeleted) await reopenDeleted(ctx, Id);
  // missing, too, while it is rotated, and when the container was ended by a stop that is about to start it again
  else if (Running || Restarting || existsSync(`${logFile(ctx, Id)}.1`)) return;
  else if (isLocked(ctx.state, containerLock(Id))) return;
  throw new EngineError('DATA_LOSS', `the log of container ${Name} was deleted: ${logFile(ctx, Id)}`, {
    hint: isDeleted
      ? 'the container goes on, and what it writes from now on is logged again'
      : 'what the container writes is logged again when it is started',
  });
}

/** A line whose end has not come yet. */
interface OpenLine {
  time: string;
  parts: Buffer[];
  sizeBytes: number;
}

/** Turns records into lines; keeps what is unfinished of each stream from block to block. */
class LineJoiner {
  private readonly options: LogOptions;
  private readonly open: { stdout?: OpenLine; stderr?: OpenLine } = {};

  constructor(options: LogOptions) {
    this.options = options;
  }

  *lines(block: RecordBlock): Generator<LogLine[], void, void> {
    const { buffer, end } = block;
    let batch: LogLine[] = [];
    for (let at = block.start, next: number; at < end; at = next) {
      const newline = recordEnd(buffer, at);
      next = newline + 1;
      const line = isRecord(buffer, at, newline) ? this.line(buffer, at, newline) : undefined;
      if (line === undefined) continue;
      batch.push(line);
      if (batch.length < BATCH_LINES) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** What the streams ended with, without a newline. */
  unfinished(): LogLine[] {
    const { stdout, stderr } = this.open;
    const lines: LogLine[] = [];
    if (stdout) lines.push({ time: stdout.time, stream: 'stdout', data: joined(stdout), isComplete: false });
    if (stderr) lines.push({ time: stderr.time, stream: 'stderr', data: joined(stderr), isComplete: false });
    return lines;
  }

  /** The line that the record at `at` ends, undefined when it ends none or is of a stream nobody wants. */
  private line(buffer: Buffer, at: number, end: number): LogLine | undefined {
    const stream = isStderr(buffer, at) ? 'stderr' : 'stdout';
    if (this.options[stream] === false) return undefined;
    const open = this.open[stream];
    const text = buffer.subarray(at + HEADER_BYTES, end);
    if (isPartial(buffer, at)) {
      this.append(open ?? this.begin(stream, timeText(buffer, at)), text);
      return undefined;
    }
    if (open === undefined)
      return { time: timeText(buffer, at), stream, data: text.subarray(0, MAX_LINE_BYTES), isComplete: true };
    this.append(open, text);
    this.open[stream] = undefined;
    return { time: open.time, stream, data: joined(open), isComplete: true };
  }

  private begin(stream: LogLine['stream'], time: string): OpenLine {
    const line: OpenLine = { time, parts: [], sizeBytes: 0 };
    this.open[stream] = line;
    return line;
  }

  private append(line: OpenLine, text: Buffer): void {
    const room = MAX_LINE_BYTES - line.sizeBytes;
    if (room <= 0) return;
    // A copy: a view would keep the whole block in memory until the line ends.
    const part = Buffer.from(text.subarray(0, room));
    line.parts.push(part);
    line.sizeBytes += part.length;
  }
}

const joined = (line: OpenLine): Buffer =>
  line.parts.length === 1 ? line.parts[0]! : Buffer.concat(line.parts);
