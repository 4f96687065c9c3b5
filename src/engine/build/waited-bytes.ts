/** Bytes of what may keep a reader waiting: a pipe that nobody writes into, a terminal. */
import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { EngineError } from '../errors.ts';
import type { BuildOptions } from '../types/build.ts';

/** At most `limit` of them; `fd` was opened without blocking, and is closed. Throws CANCELED. */
export async function readWaiting(
  fd: number,
  limit: number,
  { signal }: Pick<BuildOptions, 'signal'>,
): Promise<Buffer> {
  const stream = streamOf(fd);
  const cancel = () => stream.destroy(new EngineError('CANCELED', 'build canceled'));
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) break;
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    stream.destroy();
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

/** The kernel tells a reader of a pipe of its end only when somebody has written, or has gone (pipe(7), poll(2)). */
function streamOf(fd: number): Readable {
  if (fstatSync(fd).isFIFO()) return new Socket({ fd, readable: true, writable: false });
  return isatty(fd) ? new ReadStream(fd) : createReadStream('', { fd });
}
