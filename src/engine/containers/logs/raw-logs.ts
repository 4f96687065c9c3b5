/** Verb logs for a terminal or a pipe: the bytes to print, without making a line of each record. */
import type { Context } from '../../context.ts';
import type { OutputChunk, OutputStream } from '../../types/containers.ts';
import type { RawLogOptions } from '../../types/logs.ts';
import { findContainer } from '../records.ts';
import { logAttributes } from './log-attributes.ts';
import type { RecordBlock } from './log-reader.ts';
import {
  HEADER_BYTES,
  isPartial,
  isRecord,
  isStderr,
  isUtc,
  recordEnd,
  TIME_BYTES,
  timeText,
} from './log-records.ts';
import { logBlocks } from './logs.ts';

/** Bytes of '2026-11-21T04:09:24.670119124'. */
const UTC_BYTES = TIME_BYTES - 6;

/**
 * The container's output as it is printed: chunks in the order they were written, each of one stream, lines with their ends.
 * Options, end and errors are those of `logs`. A line is never cut.
 */
export async function* rawLogs(
  ctx: Context,
  nameOrId: string,
  options: RawLogOptions = {},
): AsyncGenerator<OutputChunk[], void, void> {
  const prefix = options.details ? `${logAttributes(findContainer(ctx, nameOrId))} ` : '';
  const prefixer = prefix === '' ? undefined : new LinePrefixer(prefix);
  const printer = new RecordPrinter(options);
  for await (const block of logBlocks(ctx, nameOrId, options)) {
    const chunks = printer.print(prefixer?.widen(block) ?? block);
    if (chunks.length > 0) yield chunks;
  }
}

/** Puts the same text before each line, as if the process had written it. */
class LinePrefixer {
  private readonly prefix: Buffer;
  /** whether the next record of the stream continues a line */
  private readonly isOpen: Record<OutputStream, boolean> = { stdout: false, stderr: false };

  constructor(prefix: string) {
    this.prefix = Buffer.from(prefix);
  }

  widen({ buffer, start, end }: RecordBlock): RecordBlock {
    const parts: Buffer[] = [];
    let copied = start;
    for (let at = start, next: number; at < end; at = next) {
      const newline = recordEnd(buffer, at);
      next = newline + 1;
      if (!isRecord(buffer, at, newline)) continue;
      const stream: OutputStream = isStderr(buffer, at) ? 'stderr' : 'stdout';
      const continues = this.isOpen[stream];
      this.isOpen[stream] = isPartial(buffer, at);
      if (continues) continue;
      parts.push(buffer.subarray(copied, at + HEADER_BYTES), this.prefix);
      copied = at + HEADER_BYTES;
    }
    const widened = Buffer.concat([...parts, buffer.subarray(copied, end)]);
    return { buffer: widened, start: 0, end: widened.length };
  }
}

/** Strips headers within the block's own buffer: what is printed is never longer than the record. */
class RecordPrinter {
  private readonly wants: Readonly<Record<OutputStream, boolean>>;
  private readonly hasTimes: boolean;
  /** whether the next record of the stream continues a line */
  private readonly isOpen: Record<OutputStream, boolean> = { stdout: false, stderr: false };

  constructor(options: RawLogOptions) {
    this.wants = { stdout: options.stdout !== false, stderr: options.stderr !== false };
    this.hasTimes = options.timestamps === true;
  }

  print(block: RecordBlock): OutputChunk[] {
    const { buffer, end } = block;
    const chunks: OutputChunk[] = [];
    let chunkStart = block.start;
    let out = block.start;
    let stream: OutputStream = 'stdout';
    for (let at = block.start, next: number; at < end; at = next) {
      const newline = recordEnd(buffer, at);
      next = newline + 1;
      if (!isRecord(buffer, at, newline)) continue;
      const of: OutputStream = isStderr(buffer, at) ? 'stderr' : 'stdout';
      if (!this.wants[of]) continue;
      if (of !== stream) {
        if (out > chunkStart) chunks.push({ stream, data: buffer.subarray(chunkStart, out) });
        chunkStart = out;
        stream = of;
      }
      out = this.move(buffer, at, newline, out);
    }
    if (out > chunkStart) chunks.push({ stream, data: buffer.subarray(chunkStart, out) });
    return chunks;
  }

  /** Moves the printed form of the record at `at` down to `out`; returns the place behind it. */
  private move(buffer: Buffer, at: number, newline: number, out: number): number {
    const stream: OutputStream = isStderr(buffer, at) ? 'stderr' : 'stdout';
    const continues = this.isOpen[stream];
    this.isOpen[stream] = isPartial(buffer, at);
    const end = this.isOpen[stream] ? newline : newline + 1;
    let place = out;
    if (this.hasTimes && !continues) place = writeTime(buffer, at, out);
    buffer.copyWithin(place, at + HEADER_BYTES, end);
    return place + end - at - HEADER_BYTES;
  }
}

function writeTime(buffer: Buffer, at: number, out: number): number {
  if (isUtc(buffer, at)) {
    buffer.copyWithin(out, at, at + UTC_BYTES);
    return out + UTC_BYTES + buffer.write('Z ', out + UTC_BYTES, 'latin1');
  }
  return out + buffer.write(`${timeText(buffer, at)} `, out, 'latin1');
}
