/** A stream that tells how far it was read. */
import { Readable } from 'node:stream';

const PROGRESS_INTERVAL_MS = 50;
const CHUNK_BYTES = 1024 * 1024;

/** Passes the bytes of `stream` and reports their sum, at most every 50 ms and at the end. */
export function counted(stream: Readable, onBytes: (bytes: number) => void): Readable {
  let bytes = 0;
  let shownAt = 0;
  async function* pass() {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (Date.now() - shownAt >= PROGRESS_INTERVAL_MS) {
        shownAt = Date.now();
        onBytes(bytes);
      }
      yield chunk as Buffer;
    }
    onBytes(bytes);
  }
  return Readable.from(pass(), { objectMode: false, highWaterMark: CHUNK_BYTES });
}
