/** What comes out of a monitor's attach socket, read at the pace of its reader as long as nobody else waits for that. */
import type { SeqpacketSocket } from 'node-unix-socket';
import { EngineError } from '../errors.ts';
import type { OutputChunk } from '../types/containers.ts';
import { dropStoppedClients, hasProcessEnded, type NotedClient } from './attach-clients.ts';
import { readTail } from './socket-tail.ts';

export const READ_BUFFER_BYTES = 16 * 1024;
/** Unread output after which we stop reading the socket; conmon, then the process, wait. */
const HIGH_WATER_BYTES = 256 * 1024;
const LOW_WATER_BYTES = 64 * 1024;
/** While others are attached nobody may wait for us: so much is kept for a slow reader, then it is left behind. */
const BACKLOG_BYTES = 16 * 1024 * 1024;
const STDERR_PACKET = 3;
/** How often it is looked whether somebody waits for us, or all for one that was stopped. */
const TICK_MS = 500;

/**
 * The package calls us outside of Node's own callbacks: promises resolved there would wait for the next unrelated event.
 * An immediate is such an event.
 */
export const soon = (callback: () => void): void => void setImmediate(callback);

/** The part of the package's socket that it keeps to itself: starts reading again after a pause. */
interface Receiver {
  wrap: { startRecv(): void };
}

/**
 * Output with real backpressure. The package has no pause, but a read of length 0 takes nothing from a socket (Linux answers 0
 * without looking), and on 0 bytes it stops polling and tells 'end'. So: buffer size 0 = pause, `startRecv` = go on.
 */
export class AttachOutput implements AsyncIterable<OutputChunk> {
  readonly #socket: SeqpacketSocket;
  readonly #bundle: string;
  readonly #chunks: OutputChunk[] = [];
  readonly #finishers: (() => void)[] = [];
  #sizeBytes = 0;
  #isPaused = false;
  #isEnded = false;
  #isQuiet = false;
  #client: NotedClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: EngineError | undefined;
  #wake: (() => void) | undefined;
  isFinished = false;

  constructor(socket: SeqpacketSocket, bundle: string) {
    this.#socket = socket;
    this.#bundle = bundle;
    socket.on('data', (packet: Buffer) => this.#push(packet));
    socket.on('end', () => {
      if (!this.#isPaused) this.finish();
    });
  }

  /** Connected. */
  begin(client: NotedClient): void {
    this.#client = client;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Nothing more will come; what was read is still given out. */
  finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.isFinished = true;
    clearInterval(this.#timer);
    this.#client?.forget();
    this.#socket.destroy();
    for (const finisher of this.#finishers.splice(0)) soon(finisher);
    this.#wakeReader();
  }

  /** The socket failed: what the monitor wrote before is still in it. */
  finishWith(descriptor: number | undefined): void {
    if (this.#isEnded) return;
    if (descriptor !== undefined) for (const packet of readTail(descriptor)) this.#push(packet);
    this.finish();
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
      } else if (this.#failure !== undefined) {
        throw this.#failure;
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
    this.#isQuiet = false;
    this.#sizeBytes += packet.length - 1;
    if (this.#sizeBytes >= HIGH_WATER_BYTES && !this.#isPaused && !this.#isWaitedFor()) {
      this.#isPaused = true;
      this.#socket.setInternalReadBufferSize(0);
    }
    if (this.#sizeBytes >= BACKLOG_BYTES) this.#fallBehind();
    this.#wakeReader();
  }

  /** Others are attached, or the process has ended: then what is left, at most what pipe and socket hold, is taken at once. */
  #isWaitedFor(): boolean {
    return this.#client?.hasOthers() === true || hasProcessEnded(this.#bundle);
  }

  #tick(): void {
    if (this.#isPaused) {
      if (this.#isWaitedFor()) this.#resume();
    } else if (this.#isQuiet && this.#client?.hasOthers()) {
      dropStoppedClients(this.#bundle);
    }
    this.#isQuiet = true;
  }

  #fallBehind(): void {
    this.#failure ??= new EngineError(
      'RESOURCE_EXHAUSTED',
      `attach: ${BACKLOG_BYTES >> 20} MB behind the container's output, which others read too: left behind`,
      { hint: 'see the rest with: boxtop logs, or attach again' },
    );
    soon(() => this.finish()); // the package doesn't survive its end within its own call
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
