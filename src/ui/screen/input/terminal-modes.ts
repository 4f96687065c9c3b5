/** Puts the terminal into the screen's modes, and back on every way out. */
import { writeSync } from 'node:fs';

/** Alternate screen, hidden cursor, bracketed paste, mouse buttons and drags as SGR. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h';
const MOUSE_ON = '\x1b[?1002h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1002l\x1b[?1006l';
const LEAVE = `\x1b[?2026l${MOUSE_OFF}\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l`;

export interface TerminalModes {
  setMouse(isOn: boolean): void;
  /** OSC 52 (xterm control sequences): works over ssh too. */
  setClipboard(text: string): void;
  /** Idempotent; also runs when the process exits. */
  leave(): void;
}

/** Enters the modes. Writing is synchronous when leaving, so that it works from an exit handler. */
export function enterTerminal(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): TerminalModes {
  let isInside = true;
  const leave = () => {
    if (!isInside) return;
    isInside = false;
    process.off('exit', leave);
    writeBestEffort(stdout, LEAVE);
    try {
      stdin.setRawMode?.(false);
    } catch {
      // The terminal is gone (hang-up): nothing is left to restore.
    }
  };
  process.on('exit', leave);
  stdout.write(ENTER + MOUSE_ON);
  return {
    leave,
    setClipboard: (text) => void stdout.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`),
    setMouse: (isOn) => void stdout.write(isOn ? MOUSE_ON : MOUSE_OFF),
  };
}

function writeBestEffort(stdout: NodeJS.WriteStream, text: string): void {
  const { fd } = stdout as unknown as { fd?: number };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      if (fd === undefined) stdout.write(text);
      else writeSync(fd, text);
      return;
    } catch (error) {
      // EAGAIN: the terminal is slow; anything else: it is gone.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
