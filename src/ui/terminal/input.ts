/** Passes our stdin to a process: at its pace, to its end, with the detach keys taken out when it has a terminal. */
import { setTimeout } from 'node:timers/promises';
import type { AttachStream } from '../../engine/index.ts';
import { createDetachRecogniser, DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../pty/keys.ts';
import type { CliIo } from '../cli/io.ts';

export interface InputOptions {
  stream: AttachStream;
  io: CliIo;
  tty: boolean;
  /** Docker's syntax */
  detachKeys?: string;
  /** somebody else looks for the detach keys */
  isPane?: boolean;
}

/** What may wait for a process that does not read; so much is still read that the detach keys are seen. */
const MAX_PENDING_BYTES = 256 * 1024;
/** How long keys typed before the detach keys may take to be accepted. */
const LAST_WRITE_MS = 200;

/** Reads until the function returned is called. Throws on detach keys that cannot be parsed. */
export function passInput(options: InputOptions, onDetach: () => void): () => void {
  const { stream, io, tty, detachKeys, isPane } = options;
  const { stdin } = io;
  const keys = parseDetachKeys(detachKeys || DEFAULT_DETACH_KEYS);
  const sender = createSender(stream, stdin);
  const recogniser = createDetachRecogniser(keys, { onRelease: sender.send });
  const onData = (data: Buffer | string) => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    // Only a terminal has detach keys (Docker's rule); in a pipe these bytes are data.
    if (!tty || isPane) return sender.send(bytes);
    const { forward, detached } = recogniser.feed(bytes);
    sender.send(forward);
    if (!detached) return;
    stop();
    void Promise.race([sender.sent(), setTimeout(LAST_WRITE_MS, undefined, { ref: false })]).then(onDetach);
  };
  const onEnd = () => void sender.sent().then(() => stream.closeInput());
  const stop = () => {
    recogniser.dispose();
    sender.stop();
    stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
    stdin.pause();
  };
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  stdin.resume();
  if (stdin.readableEnded) onEnd();
  return stop;
}

/** Writes in order; stdin is held while too much waits. */
function createSender(stream: AttachStream, stdin: CliIo['stdin']) {
  let last = Promise.resolve();
  let pendingBytes = 0;
  let isHolding = false;
  let isStopped = false;
  let isBroken = false;
  const write = async (bytes: Uint8Array): Promise<void> => {
    try {
      if (!isBroken) await stream.write(bytes);
    } catch {
      // It reads no more (or has ended, which its output tells): what is still read has nobody to go to.
      isBroken = true;
    }
    pendingBytes -= bytes.length;
    if (!isHolding || isStopped || pendingBytes >= MAX_PENDING_BYTES) return;
    isHolding = false;
    stdin.resume();
  };
  return {
    send: (bytes: Uint8Array): void => {
      if (bytes.length === 0) return;
      pendingBytes += bytes.length;
      if (pendingBytes >= MAX_PENDING_BYTES) {
        isHolding = true;
        stdin.pause();
      }
      last = last.then(() => write(bytes));
    },
    sent: () => last,
    /** From now on stdin is not ours to resume. */
    stop: () => {
      isStopped = true;
    },
  };
}
