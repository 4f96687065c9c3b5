/** The monitor's attach socket (SOCK_SEQPACKET, which Node itself cannot open) as an AttachStream. The only user of node-unix-socket. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { SeqpacketSocket } from 'node-unix-socket';
import { codeOf, EngineError } from '../errors.ts';
import type { AttachStream, OutputChunk } from '../types/containers.ts';

/** conmon cuts what is longer: one packet of output is a stream byte and at most 8192 bytes; input goes in the same size. */
const PACKET_BYTES = 8192;
const READ_BUFFER_BYTES = 16 * 1024;
/** Unread output after which we stop reading the socket; conmon, then the process, wait. */
const HIGH_WATER_BYTES = 256 * 1024;
const LOW_WATER_BYTES = 64 * 1024;
const STDERR_PACKET = 3;
/** winsz of the monitor takes 0 to 1000 */
const MAX_WINDOW = 1000;

/**
 * The package calls us outside of Node's own callbacks: promises resolved there would wait for the next unrelated event.
 * An immediate is such an event.
 */
const soon = (callback: () => void): void => void setImmediate(callback);

/** The part of the package's socket that it keeps to itself: starts reading again after a pause. */
interface Receiver {
  wrap: { startRecv(): void };
}

/** Connects to BUNDLE/attach. Rejects with FAILED_PRECONDITION when nobody listens. */
export function connectAttach(bundle: string): Promise<AttachStream> {
  const socket = new SeqpacketSocket();
  socket.removeAllListeners('end'); // it would close by itself; 'end' also tells that a pause began, see `Output`
  socket.setInternalReadBufferSize(READ_BUFFER_BYTES);
  const output = new Output(socket);
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      socket.destroy();
      reject(
        new EngineError('FAILED_PRECONDITION', "cannot attach: the container's monitor does not answer", {
          cause,
        }),
      );
    };
    socket.once('error', fail);
    try {
      connectAnyLength(socket, `${bundle}/attach`, () => {
        socket.removeListener('error', fail);
        soon(() => resolve(attachStream(socket, output, bundle)));
      });
    } catch (cause) {
      fail(cause);
    }
  });
}

/** A socket's path holds 107 bytes (unix(7)); through /proc/self/fd any directory is short. */
function connectAnyLength(socket: SeqpacketSocket, path: string, done: () => void): void {
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    socket.connect(`/proc/self/fd/${directory}/${basename(path)}`, done);
  } finally {
    closeSync(directory);
  }
}

function attachStream(socket: SeqpacketSocket, output: Output, bundle: string): AttachStream {
  let isInputOpen = true;
  socket.on('error', () => output.finish()); // the monitor is gone: nothing more can come
  return {
    output,
    write: (data) =>
      isInputOpen && !output.isFinished ? writePackets(socket, output, data) : Promise.resolve(),
    closeInput: () => {
      if (!isInputOpen || output.isFinished) return;
      isInputOpen = false;
      socket.end();
    },
    resize: async (rows, cols) => resizeTerminal(bundle, rows, cols),
    close: () => output.discard(),
  };
}

async function writePackets(socket: SeqpacketSocket, output: Output, data: Uint8Array): Promise<void> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < bytes.length && !output.isFinished; at += PACKET_BYTES) {
    const size = Math.min(PACKET_BYTES, bytes.length - at);
    await new Promise<void>((resolve) => {
      output.onFinish(resolve); // a write to a process that has ended never completes
      socket.write(bytes, at, size, () => soon(resolve));
    });
  }
}

/** Sends the window size through the monitor's ctl fifo. Does nothing when the monitor has ended. */
export function resizeTerminal(bundle: string, rows: number, cols: number): void {
  const clamp = (value: number) => Math.max(0, Math.min(MAX_WINDOW, Math.trunc(value)));
  let fd: number;
  try {
    fd = openSync(`${bundle}/ctl`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENXIO' || codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    writeSync(fd, `1 ${clamp(rows)} ${clamp(cols)}\n`);
  } finally {
    closeSync(fd);
  }
}

/**
 * Output with real backpressure. The package has no pause, but a read of length 0 takes nothing from a socket (Linux answers 0
 * without looking), and on 0 bytes it stops polling and tells 'end'. So: buffer size 0 = pause, `startRecv` = go on.
 */
class Output implements AsyncIterable<OutputChunk> {
  readonly #socket: SeqpacketSocket;
  readonly #chunks: OutputChunk[] = [];
  readonly #finishers: (() => void)[] = [];
  #sizeBytes = 0;
  #isPaused = false;
  #isEnded = false;
  #wake: (() => void) | undefined;
  isFinished = false;

  constructor(socket: SeqpacketSocket) {
    this.#socket = socket;
    socket.on('data', (packet: Buffer) => this.#push(packet));
    socket.on('end', () => {
      if (!this.#isPaused) this.finish();
    });
  }

  /** Nothing more will come; what was read is still given out. */
  finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.isFinished = true;
    this.#socket.destroy();
    for (const finisher of this.#finishers.splice(0)) soon(finisher);
    this.#wakeReader();
  }

  /** Ends at once: the reader gets nothing more. */
  discard(): void {
    this.#chunks.length = 0;
    this.finish();
  }

  onFinish(listener: () => void): void {
    this.#finishers.length = 0; // one write at a time waits
    this.#finishers.push(listener);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputChunk, void, void> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#sizeBytes -= chunk.data.length;
        if (this.#isPaused && this.#sizeBytes <= LOW_WATER_BYTES) this.#resume();
        yield chunk;
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #push(packet: Buffer): void {
    if (packet.length < 2 || this.#isEnded) return;
    this.#chunks.push({
      stream: packet[0] === STDERR_PACKET ? 'stderr' : 'stdout',
      data: packet.subarray(1),
    });
    this.#sizeBytes += packet.length - 1;
    if (this.#sizeBytes >= HIGH_WATER_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#socket.setInternalReadBufferSize(0);
    }
    this.#wakeReader();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake !== undefined) soon(wake);
  }

  #resume(): void {
    this.#isPaused = false;
    if (this.#isEnded) return;
    this.#socket.setInternalReadBufferSize(READ_BUFFER_BYTES);
    (this.#socket as unknown as Receiver).wrap.startRecv();
  }
}
