/** Writes keys to a pseudo-terminal whose program may not be reading: bounded, without spinning, never after its end. */
import { write } from 'node:fs';

export interface PtyWriter {
  /** False when the program has not read for so long that the bytes were refused. */
  write(bytes: Uint8Array): boolean;
  /** To be called when the descriptor is closed: its number may soon be another file's. */
  stop(): void;
}

const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
/** First and longest wait after the kernel's buffer was full. */
const RETRY_MS = 4;
const MAX_RETRY_MS = 64;

/**
 * For the non-blocking descriptor `fd`. node-pty's own `write` retries a full buffer in a busy loop, prints errors over
 * the screen, and does not stop when the descriptor is closed.
 */
export function createPtyWriter(fd: number): PtyWriter {
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let retryMs = RETRY_MS;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const stop = () => {
    isStopped = true;
    clearTimeout(timer);
    queue.length = 0;
  };
  const next = () => {
    if (queue[0] !== undefined && !isStopped) write(fd, queue[0], onWritten);
  };
  const onWritten = (error: NodeJS.ErrnoException | null, written: number) => {
    if (isStopped) return;
    if (error?.code === 'EAGAIN') {
      timer = setTimeout(next, retryMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      return;
    }
    // EIO: the program is gone; its exit is told elsewhere.
    if (error !== null) return stop();
    retryMs = RETRY_MS;
    queuedBytes -= written;
    if (written === queue[0]!.length) queue.shift();
    else queue[0] = queue[0]!.subarray(written);
    next();
  };
  return {
    stop,
    write(bytes) {
      if (isStopped || bytes.length === 0) return true;
      if (queuedBytes + bytes.length > MAX_QUEUED_BYTES) return false;
      queuedBytes += bytes.length;
      if (queue.push(bytes) === 1) next();
      return true;
    },
  };
}
