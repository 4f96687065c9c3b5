/** Runs a program in a pseudo-terminal, with flow control between it and the screen model. The only user of node-pty. */
import { readSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import { spawn } from 'node-pty';
import { createScreen, type Screen } from './screen.ts';
import { createTerminal } from './terminal.ts';
import { createPtyWriter } from './writer.ts';

export interface SessionOptions {
  file: string;
  args?: string[];
  /** the whole environment; TERM and COLORTERM are set */
  env?: Record<string, string>;
  cwd?: string;
  cols: number;
  rows: number;
  /** lines kept above the screen; 1000 when absent */
  scrollback?: number;
}

export interface SessionExit {
  exitCode: number;
  /** number of the signal that ended the program */
  signal?: number;
}

export interface Session {
  readonly pid: number;
  readonly screen: Screen;
  /** Resolves when the program has ended and its last output is on the screen. */
  readonly exited: Promise<SessionExit>;
  /** Keys for the program; the view goes back to the end. False: refused, it has not read the last 8 MB. */
  write(bytes: Uint8Array | string): boolean;
  resize(cols: number, rows: number): void;
  /** Calls back after what is shown has changed; returns the function that ends that. */
  onChange(listener: () => void): () => void;
  /** Calls back when the program rings the bell. */
  onBell(listener: () => void): () => void;
  /** Hangs up; after `graceMs` (2 s) what still lives is killed. Resolves when the program has ended. */
  dispose(graceMs?: number): Promise<void>;
}

/** Bytes handed to the screen model and not yet worked off. Measured: without them a flood fills xterm's 50 MB buffer. */
const PAUSE_AT_BYTES = 256 * 1024;
const RESUME_AT_BYTES = 64 * 1024;
/** More than a pseudo-terminal of the kernel holds. */
const MAX_LATE_BYTES = 256 * 1024;
const DEFAULT_SCROLLBACK = 1000;
const DEFAULT_GRACE_MS = 2000;
/** A program that opens a synchronized update and never ends it is shown after this time. */
const SYNCHRONIZED_MS = 150;

/** Starts the program. A file that cannot be run ends at once with exit code 1 and says so on its screen. */
export function openSession(options: SessionOptions): Session {
  const { file, args = [], cols, rows } = options;
  const terminal = createTerminal(cols, rows, options.scrollback ?? DEFAULT_SCROLLBACK);
  const screen = createScreen(terminal);
  const env = { ...(options.env ?? process.env), TERM: 'xterm-256color', COLORTERM: 'truecolor' };
  const pty = spawn(file, args, {
    name: 'xterm-256color',
    cols,
    rows,
    cwd: options.cwd ?? '/',
    env,
    encoding: null,
  });
  const changes = createChangeSignal(() => terminal.modes.synchronizedOutputMode);
  const flow = connect(pty, terminal, changes.fire);
  let isOpen = true;
  readBeforeClosing(pty as unknown as Hidden);
  const writer = createPtyWriter((pty as unknown as Hidden).fd);
  (pty as unknown as Hidden).on('close', () => {
    isOpen = false;
    writer.stop();
  });
  terminal.onData((reply) => writer.write(Buffer.from(reply)));
  terminal.onTitleChange(changes.fire);

  const exited = new Promise<SessionExit>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      void flow.drained().then(() => {
        changes.fire();
        resolve({ exitCode, ...(signal ? { signal } : {}) });
      });
    });
  });
  return {
    pid: pty.pid,
    screen,
    exited,
    write(bytes) {
      terminal.scrollToBottom();
      return writer.write(Buffer.from(bytes as Uint8Array));
    },
    resize(newCols, newRows) {
      terminal.resize(newCols, newRows);
      if (isOpen) pty.resize(newCols, newRows);
      changes.fire();
    },
    onChange: changes.listen,
    onBell(listener) {
      const subscription = terminal.onBell(listener);
      return () => subscription.dispose();
    },
    async dispose(graceMs = DEFAULT_GRACE_MS) {
      changes.stop();
      if (isOpen) pty.kill('SIGHUP');
      const killer = setTimeout(() => isOpen && pty.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(killer);
      terminal.dispose();
    },
  };
}

type Pty = ReturnType<typeof spawn>;

/** There, whatever node-pty's types say. `close`: the descriptor is closed; the exit is told after it. */
interface Hidden {
  fd: number;
  on(event: 'close', listener: () => void): void;
  _socket: ReadStream;
}

/**
 * 200 ms after the exit node-pty closes the descriptor, for a child of the program may hold the other end for ever. Who was held up so
 * long, or has held back the output, has not read all of it by then.
 */
function readBeforeClosing({ fd, _socket: socket }: Hidden): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    if (!socket.destroyed && error === undefined) {
      while (socket.read() !== null); // tells what it reads
      for (const bytes of lateOutput(fd)) socket.emit('data', bytes);
    }
    return destroy(error);
  };
}

function* lateOutput(fd: number): Generator<Buffer> {
  for (let left = MAX_LATE_BYTES; left > 0; ) {
    const bytes = Buffer.alloc(Math.min(left, 64 * 1024));
    let length: number;
    try {
      length = readSync(fd, bytes);
    } catch {
      return; // EAGAIN: all was read. EIO: nobody holds the other end
    }
    if (length === 0) return;
    left -= length;
    yield bytes.subarray(0, length);
  }
}

type Terminal = ReturnType<typeof createTerminal>;

/** Feeds output to the screen model; the program is held while the model is behind. */
function connect(pty: Pty, terminal: Terminal, onShown: () => void): { drained(): Promise<void> } {
  let pendingBytes = 0;
  let isPaused = false;
  let onDrained: (() => void) | undefined;
  const done = (bytes: number) => {
    pendingBytes -= bytes;
    if (isPaused && pendingBytes <= RESUME_AT_BYTES) {
      isPaused = false;
      pty.resume();
    }
    if (pendingBytes === 0) onDrained?.();
    onShown();
  };
  // With `encoding: null` node-pty hands out Buffers, whatever its types say.
  pty.onData((data) => {
    const bytes = data as unknown as Buffer;
    pendingBytes += bytes.length;
    if (!isPaused && pendingBytes >= PAUSE_AT_BYTES) {
      isPaused = true;
      pty.pause();
    }
    terminal.write(bytes, () => done(bytes.length));
  });
  return {
    drained: () =>
      new Promise((resolve) => {
        if (pendingBytes === 0) return resolve();
        onDrained = resolve;
      }),
  };
}

interface ChangeSignal {
  fire(): void;
  listen(listener: () => void): () => void;
  stop(): void;
}

/** Tells listeners of changes; while the program is in the midst of a synchronized update they wait for its end. */
function createChangeSignal(isHeld: () => boolean): ChangeSignal {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const listener of listeners) listener();
  };
  return {
    fire() {
      if (!isHeld()) tell();
      else timer ??= setTimeout(tell, SYNCHRONIZED_MS);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
