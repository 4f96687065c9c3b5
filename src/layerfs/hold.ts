/** Keeps a stream's data while nobody reads it yet. */
import type { Readable } from 'node:stream';

/**
 * Node drains and drops the output of a child process that ended before its reader came; a listener prevents that. To be called
 * before the first await. Returns the stream.
 */
export function holdData(stream: Readable): Readable {
  stream.on('readable', () => {});
  return stream;
}
