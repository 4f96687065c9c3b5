/** The shell's side of CliIo: the process's own streams and signals. */
import { fstatSync, type Stats, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import type { CliIo, Output } from './io.ts';
import { INTERRUPTED } from './plain-error.ts';
import { openUnblocked } from './unblocked-output.ts';

const EAGAIN_WAIT_MS = 2;

/** Streams of this process; Ctrl-C and SIGTERM abort `signal`, a second Ctrl-C ends the process. */
export function openShellIo(): CliIo {
  const interruption = onInterrupt();
  return {
    get stdin() {
      return process.stdin;
    },
    stdout: openOutput(1),
    stderr: openOutput(2),
    get signal() {
      return interruption();
    },
    confirm: async (question) => /^y(es)?$/i.test((await readLine(question)).trim()),
    ask: (question, options) => (options?.isSecret ? readSecret(question) : readLine(question)),
  };
}

/** The signal is made when it is first asked for: Node loads AbortController then (1 ms), and most commands end without it. */
function onInterrupt(): () => AbortSignal {
  let controller: AbortController | undefined;
  let isInterrupted = false;
  const interrupt = (exitCode: number) => () => {
    // While a program is attached its relay passes signals on, and has a listener of its own.
    if (isInterrupted && process.listenerCount('SIGINT') === 1) process.exit(exitCode);
    isInterrupted = true;
    controller?.abort();
  };
  process.on('SIGINT', interrupt(INTERRUPTED));
  process.on('SIGTERM', interrupt(143));
  return () => {
    if (controller === undefined) {
      controller = new AbortController();
      if (isInterrupted) controller.abort();
    }
    return controller.signal;
  };
}

/** Majors of the kernel's devices (admin-guide/devices.rst): /dev/null and the like, and pseudo-terminals. */
const MEMORY_MAJOR = 1;
const PTY_MAJORS = [136, 143] as const;

/** Asking the terminal loads node:net (3 ms): most files are told by their kind. */
function isTerminal(fd: number): boolean {
  const stat = statOf(fd);
  if (stat?.isCharacterDevice() !== true) return false;
  const major = Math.floor(stat.rdev / 256) & 0xfff; // the low 12 bits of a major stand above 8 of the minor (makedev(3))
  if (major === MEMORY_MAJOR) return false;
  return (major >= PTY_MAJORS[0] && major <= PTY_MAJORS[1]) || isatty(fd);
}

function statOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined; // closed
  }
}

/** Writes at once and completely: nothing is lost when the process ends right after. */
function openOutput(fd: 1 | 2): Output {
  const isTty = isTerminal(fd);
  const canWait = isTty || statOf(fd)?.isFIFO() === true;
  return {
    isTty,
    ...(canWait && { writeUnblocked: openUnblocked(fd) }),
    columns: () => (isTty ? ((fd === 1 ? process.stdout : process.stderr).columns ?? 80) : 80),
    ...(isTty && { rows: () => (fd === 1 ? process.stdout : process.stderr).rows ?? 24 }),
    async write(data) {
      let rest = typeof data === 'string' ? Buffer.from(data) : data;
      while (rest.length > 0) {
        try {
          rest = rest.subarray(writeSync(fd, rest));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
          await sleep(EAGAIN_WAIT_MS);
        }
      }
    },
  };
}

/** True when nothing can be read from stdin because there is none (closed, or /dev/null for a service). */
const hasStdin = (): boolean => statOf(0) !== undefined;

async function readLine(question: string): Promise<string> {
  if (!hasStdin()) throw new Error(`${question}nobody to ask: stdin is closed`);
  const { createInterface } = await import('node:readline');
  writeSync(1, question);
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

/** Reads without echo. Rejects when stdin is no terminal, as Docker does. */
async function readSecret(question: string): Promise<string> {
  if (!isatty(0)) throw new Error('Error: Cannot perform an interactive login from a non TTY device');
  writeSync(1, question);
  process.stdin.setRawMode(true);
  let text = '';
  try {
    for await (const chunk of process.stdin) {
      for (const char of String(chunk)) {
        if (char === '\r' || char === '\n' || char === '\x04') return text;
        if (char === '\x03') process.kill(process.pid, 'SIGINT');
        else if (char === '\x7f') text = text.slice(0, -1);
        else text += char;
      }
    }
    return text;
  } finally {
    process.stdin.setRawMode(false);
    process.stdin.pause();
    writeSync(1, '\n');
  }
}
