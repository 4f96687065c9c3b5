/** Joins a started process's streams with the caller's, and waits for its exit: run, start -a, attach, exec. */
import { type AttachStream, codeOf, type Engine } from '../../engine/index.ts';
import type { FlagValues } from './flags.ts';
import type { CliIo, Output } from './io.ts';
import type { Attached } from './opts/container-config.ts';
import { INTERRUPTED, PlainError } from './plain-error.ts';

export interface Session {
  stream: AttachStream;
  tty: boolean;
  attached: Attached;
  detachKeys?: string | undefined;
  /** what Docker's attach and exec end with when the detach keys are typed is 1; run and start end with 0 */
  detachedStatus?: 1;
  /** in a pane of the screen, which looks for the detach keys itself */
  isPane?: boolean;
  sigProxy?: ((signal: string) => void) | undefined;
  /** it was running before */
  redraw?: boolean;
  /** its last raw output, to be drawn first */
  replay?: Uint8Array | undefined;
}

/** Relays until the output ends or the caller detaches. Returns undefined when it ended, else the exit status to leave with. */
export async function relaySession(session: Session, io: CliIo): Promise<number | undefined> {
  const { relay } = await import('../terminal/relay.ts');
  const { stream, tty, attached, detachKeys, isPane, sigProxy, redraw, replay } = session;
  const ended = await relay({
    stream,
    io: ioOf(io, attached),
    tty,
    stdin: attached.stdin,
    ...(detachKeys !== undefined && { detachKeys }),
    ...(isPane !== undefined && { isPane }),
    ...(sigProxy !== undefined && { sigProxy }),
    ...(redraw !== undefined && { redraw }),
    ...(replay !== undefined && { replay }),
  });
  if (ended === 'ended') return undefined;
  return io.signal.aborted ? INTERRUPTED : (session.detachedStatus ?? 0);
}

/** With -a only the named streams reach us. */
function ioOf(io: CliIo, attached: Attached): CliIo {
  const of = (name: 'stdout' | 'stderr') => ({
    value: attached[name] ? worded(io[name], name) : muted(io[name]),
  });
  return Object.create(io, { stdout: of('stdout'), stderr: of('stderr') }) as CliIo;
}

const muted = ({ isTty, columns }: Output): Output => ({ isTty, columns, write: async () => {} });

/** What Go calls the errors of write(2). */
const WRITE_ERRORS: Readonly<Record<string, string>> = {
  EPIPE: 'broken pipe',
  ENOSPC: 'no space left on device',
  EIO: 'input/output error',
};

/**
 * When our own output can't be written, Docker's words and status 1. The process goes on, as with Docker: it may serve others, and its
 * output is in its log.
 */
function worded(output: Output, name: string): Output {
  const guard = async (written: Promise<void>): Promise<void> => {
    try {
      await written;
    } catch (error) {
      const words = WRITE_ERRORS[codeOf(error) ?? ''];
      throw words === undefined ? error : new PlainError(`write /dev/${name}: ${words}`);
    }
  };
  const { isTty, columns, write, writeUnblocked } = output;
  return {
    isTty,
    columns,
    write: (data) => guard(write(data)),
    ...(writeUnblocked !== undefined && { writeUnblocked: (data) => guard(writeUnblocked(data)) }),
  };
}

/** Throws as Docker does when -t is asked for and our stdin is no terminal. The screen has terminals of its own. */
export function checkTerminal(io: CliIo, needs: { tty: boolean; stdin: boolean }): void {
  if (needs.tty && needs.stdin && io.openTerminal === undefined && io.stdin.isTTY !== true) {
    throw new PlainError('the input device is not a TTY');
  }
}

/** The detach keys to use, read before anything is started. Throws with status 1 for run too, as Docker does. */
export async function readDetachKeys(flags: FlagValues, engine: Engine, io: CliIo): Promise<string> {
  const { detachKeysOf } = await import('./detach-keys.ts');
  const { keys, warning } = detachKeysOf(flags.string('detach-keys'), engine);
  if (warning !== undefined) await io.stderr.write(`${warning}\n`);
  return keys;
}

/** Our terminal's size, to start a process with. */
export async function currentSize(tty: boolean): Promise<{ size?: { rows: number; cols: number } }> {
  if (!tty) return {};
  const { terminalSize } = await import('../terminal/real-terminal.ts');
  const size = terminalSize();
  return size === undefined ? {} : { size: { rows: size.rows, cols: size.cols } };
}
