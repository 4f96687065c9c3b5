/** The terminal this process runs on: raw mode that is always undone, its size, and signals. */
import { spawnSync } from 'node:child_process';
import type { CliIo } from '../cli/io.ts';

export interface TerminalSize {
  cols: number;
  rows: number;
}

/** Size of the terminal on stdout, else stderr's; undefined when there is none. */
export function terminalSize(): TerminalSize | undefined {
  for (const { isTTY, columns, rows } of [process.stdout, process.stderr]) {
    if (isTTY && columns > 0 && rows > 0) return { cols: columns, rows };
  }
  return undefined;
}

type RawStdin = CliIo['stdin'] & { setRawMode?: (isRaw: boolean) => void; isRaw?: boolean };

const DEADLY: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * Puts the terminal on `stdin` (if given, and not raw already) into raw mode. The function returned undoes it, once; it also
 * runs at the end of the process and before a deadly signal takes effect. `onRestore` may write to the terminal then.
 */
export function holdTerminal(stdin: RawStdin | undefined, onRestore: () => void): () => void {
  const isOurs = stdin?.isTTY === true && stdin.isRaw !== true;
  if (isOurs) {
    stdin.setRawMode?.(true);
    keepLineFeeds();
  }
  let isRestored = false;
  const restore = () => {
    if (isRestored) return;
    isRestored = true;
    process.removeListener('exit', restore);
    for (const signal of DEADLY) process.removeListener(signal, die);
    onRestore();
    if (isOurs) stdin.setRawMode?.(false);
  };
  const die = (signal: NodeJS.Signals) => {
    restore();
    // Whoever else listens decides; without anybody the signal does what it always does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.on('exit', restore);
  for (const signal of DEADLY) process.on(signal, die);
  return restore;
}

/**
 * Node's raw mode still turns a line feed into carriage return and line feed; full-screen programs move down a column with it
 * (terminfo's cud1). Leaving raw mode undoes this too. Waited for, or it could come after that.
 */
function keepLineFeeds(): void {
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}

/** What Docker's --sig-proxy passes on, but for signals Node cannot catch. */
const PROXIED: readonly NodeJS.Signals[] = [
  ...DEADLY,
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGWINCH',
  'SIGABRT',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
  'SIGTRAP',
  'SIGVTALRM',
  'SIGXCPU',
  'SIGXFSZ',
];

/** Hands every signal to `pass` until the function returned is called. */
export function proxySignals(pass: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of PROXIED) process.on(signal, pass);
  return () => {
    for (const signal of PROXIED) process.removeListener(signal, pass);
  };
}
