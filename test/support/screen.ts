/** Drives a program in a real pseudo-terminal and looks at its screen. Waits for text, never for time. */
import unicode11 from '@xterm/addon-unicode11';
import type { Terminal } from '@xterm/headless';
import xterm from '@xterm/headless';
import { spawn } from 'node-pty';
import { parseKey } from './screen-keys.ts';

export interface ScreenOptions {
  file: string;
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  cols?: number;
  rows?: number;
  /** Sees the program's raw output. */
  onOutput?: (bytes: Buffer) => void;
}

export interface CellLook {
  text: string;
  /** palette number, '#rrggbb', or undefined for the default */
  fg: number | string | undefined;
  bg: number | string | undefined;
  isBold: boolean;
  isInverse: boolean;
}

export interface TestScreen {
  readonly terminal: Terminal;
  readonly pid: number;
  /** All rows, without the blanks at their ends. */
  text(): string;
  /** The row with the cursor. */
  line(): string;
  cell(x: number, y: number): CellLook;
  cursor(): { x: number; y: number };
  isCursorShown(): boolean;
  type(text: string): void;
  /** Names of screen-keys.ts: keys('C-p', 'Enter', 'j') */
  keys(...names: string[]): void;
  /** Resolves with the screen's text once it matches; rejects with a picture of the screen. */
  waitFor(pattern: string | RegExp, timeoutMs?: number): Promise<string>;
  /** Like waitFor, on anything computed from the screen. */
  waitUntil(what: string, isTrue: () => boolean, timeoutMs?: number): Promise<void>;
  resize(cols: number, rows: number): void;
  /** What the program turned on and left on; empty when the terminal is as it was. */
  modesLeftOn(): string[];
  readonly exitCode: Promise<number>;
  /** Kills the program if it still runs. */
  close(): Promise<void>;
}

const WAIT_MS = 60_000;

export function startScreen(options: ScreenOptions): TestScreen {
  const { file, args = [], cols = 100, rows = 30 } = options;
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 1000, allowProposedApi: true });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  const cursor = watchCursor(terminal);
  const env = { ...process.env, ...options.env, TERM: 'xterm-256color' };
  const pty = spawn(file, args, { cols, rows, cwd: options.cwd ?? process.cwd(), env, encoding: null });
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of [...watchers]) watcher();
  };
  let exit: number | undefined;
  pty.onData((data) => {
    options.onOutput?.(data as unknown as Buffer);
    terminal.write(data, notify);
  });
  terminal.onData((reply) => exit === undefined && pty.write(reply));
  const exitCode = new Promise<number>((resolve) => {
    pty.onExit((event) =>
      terminal.write('', () => {
        exit = event.signal ? 128 + event.signal : event.exitCode;
        notify();
        resolve(exit);
      }),
    );
  });

  const text = () => screenText(terminal);
  /** Within a frame the screen is half the old one, half the new one, and its cursor hidden. */
  const isWhole = () => exit !== undefined || !terminal.modes.synchronizedOutputMode;
  const waitUntil: TestScreen['waitUntil'] = (what, isTrue, timeoutMs = WAIT_MS) =>
    new Promise((resolve, reject) => {
      const end = (problem?: string) => {
        clearTimeout(timer);
        watchers.delete(check);
        if (problem === undefined) resolve();
        else reject(new Error(`${problem} while waiting for ${what}\n${frame(text(), terminal.cols)}`));
      };
      let hasHeld = false;
      const check = () => {
        if (!isWhole()) return;
        hasHeld ||= isTrue();
        // Who waits goes on a moment later: the next frame may have begun by then.
        if (hasHeld) queueMicrotask(() => isWhole() && end());
        else if (exit !== undefined) end(`the program ended with ${exit}`);
      };
      const timer = setTimeout(() => end(`${timeoutMs} ms went by`), timeoutMs);
      watchers.add(check);
      check();
    });
  return {
    terminal,
    pid: pty.pid,
    text,
    line: () => rowText(terminal, terminal.buffer.active.cursorY),
    cell: (x, y) => look(terminal, x, y),
    cursor: () => ({ x: terminal.buffer.active.cursorX, y: terminal.buffer.active.cursorY }),
    isCursorShown: () => cursor.isShown,
    type: (typed) => pty.write(typed),
    keys: (...names) => pty.write(names.map(parseKey).join('')),
    waitUntil,
    async waitFor(pattern, timeoutMs) {
      const matches = () => (typeof pattern === 'string' ? text().includes(pattern) : pattern.test(text()));
      await waitUntil(String(pattern), matches, timeoutMs);
      return text();
    },
    resize(newCols, newRows) {
      terminal.resize(newCols, newRows);
      pty.resize(newCols, newRows);
    },
    modesLeftOn: () => modesLeftOn(terminal, cursor.isShown),
    exitCode,
    async close() {
      if (exit === undefined) killIfThere(pty.pid);
      await exitCode;
      terminal.dispose();
    },
  };
}

function watchCursor(terminal: Terminal): { isShown: boolean } {
  const cursor = { isShown: true };
  const set = (params: (number | number[])[], isShown: boolean) => {
    if (params.includes(25)) cursor.isShown = isShown;
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => set(params, true));
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => set(params, false));
  return cursor;
}

function modesLeftOn({ buffer, modes }: Terminal, isCursorShown: boolean): string[] {
  const left: Record<string, boolean> = {
    'alternate buffer': buffer.active.type === 'alternate',
    'hidden cursor': !isCursorShown,
    'mouse tracking': modes.mouseTrackingMode !== 'none',
    'bracketed paste': modes.bracketedPasteMode,
    'focus events': modes.sendFocusMode,
    'application cursor keys': modes.applicationCursorKeysMode,
    'synchronized output': modes.synchronizedOutputMode,
  };
  return Object.keys(left).filter((name) => left[name]);
}

const rowText = ({ buffer }: Terminal, y: number) =>
  buffer.active.getLine(buffer.active.baseY + y)?.translateToString(true) ?? '';

function screenText(terminal: Terminal): string {
  return Array.from({ length: terminal.rows }, (_, y) => rowText(terminal, y)).join('\n');
}

function look({ buffer }: Terminal, x: number, y: number): CellLook {
  const cell = buffer.active.getLine(buffer.active.baseY + y)?.getCell(x);
  if (cell === undefined) throw new Error(`no cell ${x},${y}`);
  const hex = (value: number) => `#${value.toString(16).padStart(6, '0')}`;
  return {
    text: cell.getChars(),
    fg: cell.isFgDefault() ? undefined : cell.isFgRGB() ? hex(cell.getFgColor()) : cell.getFgColor(),
    bg: cell.isBgDefault() ? undefined : cell.isBgRGB() ? hex(cell.getBgColor()) : cell.getBgColor(),
    isBold: cell.isBold() !== 0,
    isInverse: cell.isInverse() !== 0,
  };
}

function frame(text: string, cols: number): string {
  const edge = '─'.repeat(cols);
  return `┌${edge}┐\n${text
    .split('\n')
    .map((row) => `│${row}`)
    .join('\n')}\n└${edge}┘`;
}

/** It may have ended by itself a moment ago, which is told later. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
