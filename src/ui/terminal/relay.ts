/** Joins a process's streams and this process's: what attach, run, start and exec do in a shell. Loads no React, no node-pty. */
import type { AttachStream } from '../../engine/index.ts';
import { serializeScreen } from '../../pty/keys.ts';
import type { CliIo } from '../cli/io.ts';
import { passInput } from './input.ts';
import { holdTerminal, proxySignals, terminalSize } from './real-terminal.ts';
import { createTerminalModes } from './terminal-modes.ts';

export interface RelayOptions {
  stream: AttachStream;
  io: CliIo;
  /** the process has a terminal of its own */
  tty: boolean;
  /** pass our stdin on */
  stdin: boolean;
  /** Docker's syntax; Ctrl-P Ctrl-Q when absent or empty. Parse it before anything is started, to refuse a wrong one early. */
  detachKeys?: string;
  /** In a pane of the screen, which looks for the detach keys itself: a second look would hold back a lone first key once more. */
  isPane?: boolean;
  /** Takes signals sent to us, when the process has no terminal (Docker's --sig-proxy). */
  sigProxy?: (signal: string) => void;
  /** It was running before: make a full-screen program draw itself again, as Docker does, by two changes of size. */
  redraw?: boolean;
  /** The last raw output of a running process with a terminal: its screen is drawn before live output. */
  replay?: Uint8Array;
}

/**
 * Returns when the process's output has ended or the detach keys were typed (then `read escape sequence` is printed, as
 * Docker does) or `io.signal` aborted; the process goes on in both latter cases. Errors of the stream are passed on.
 * The terminal is restored in every case.
 */
export async function relay(options: RelayOptions): Promise<'detached' | 'ended'> {
  const { stream, io, tty, sigProxy } = options;
  const cleanUp: (() => void)[] = [];
  let left: 'detached' | 'aborted' | undefined;
  const leave = (reason: typeof left) => {
    left ??= reason;
    stream.close();
  };
  const abort = () => leave('aborted');
  const modes = createTerminalModes();
  if (tty)
    cleanUp.push(holdTerminal(options.stdin ? io.stdin : undefined, () => undoModes(io, modes.restore())));
  if (!tty && sigProxy) cleanUp.push(proxySignals(sigProxy));
  try {
    // With signals passed on, Ctrl-C is the process's.
    if (tty || !sigProxy) onAbort(io.signal, abort, cleanUp);
    if (options.stdin) cleanUp.push(passInput(options, () => leave('detached')));
    if (tty) cleanUp.push(await followSize(stream, options.redraw ?? false));
    await passOutput(options, modes.track);
  } catch (error) {
    if (left === undefined) throw error;
  } finally {
    for (const undo of cleanUp.reverse()) undo();
  }
  if (left === 'detached') await io.stderr.write('read escape sequence\n');
  return left === undefined ? 'ended' : 'detached';
}

function onAbort(signal: AbortSignal, abort: () => void, cleanUp: (() => void)[]): void {
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  cleanUp.push(() => signal.removeEventListener('abort', abort));
}

/** At the end of the process nothing can be waited for; a terminal takes the bytes at once. */
function undoModes(io: CliIo, sequences: string): void {
  if (sequences === '' || !io.stdout.isTty) return;
  // The terminal may be gone (SIGHUP): then there is nothing to restore.
  io.stdout.write(sequences).catch(() => undefined);
}

/** Sets the size now and at every change of ours. */
async function followSize(stream: AttachStream, redraw: boolean): Promise<() => void> {
  const apply = async (extraRows = 0): Promise<void> => {
    const size = terminalSize();
    // A process that has just ended has no size; its end is told by its output.
    if (size) await stream.resize(size.rows + extraRows, size.cols).catch(() => undefined);
  };
  if (redraw) await apply(1);
  await apply();
  // Only now: Node's own listener, which learns the new size, has to come first.
  const onResize = () => void apply();
  process.on('SIGWINCH', onResize);
  return () => process.removeListener('SIGWINCH', onResize);
}

/** Writes at the pace of the reader: the process is slowed down, nothing is kept in memory. */
async function passOutput(options: RelayOptions, track: (bytes: Uint8Array) => void): Promise<void> {
  const { stream, io, tty, replay } = options;
  if (tty && replay && replay.length > 0 && io.stdout.isTty) {
    const { cols, rows } = terminalSize() ?? { cols: 80, rows: 24 };
    const screen = await serializeScreen(replay, cols, rows);
    track(Buffer.from(screen));
    await io.stdout.write(screen);
  }
  for await (const chunk of stream.output) {
    if (tty) track(chunk.data);
    const output = chunk.stream === 'stderr' ? io.stderr : io.stdout;
    await (output.writeUnblocked ?? output.write)(chunk.data);
  }
}
