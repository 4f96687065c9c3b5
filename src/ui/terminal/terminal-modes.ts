/** Notes which modes a program's output turned on in the real terminal, to turn them off when its stream is left. */

export interface TerminalModes {
  /** Reads along; sequences may be split over chunks. */
  track(output: Uint8Array): void;
  /** The sequences that bring the terminal back to how a shell expects it; '' when nothing was changed. */
  restore(): string;
}

/** DECSET modes a program may leave on, mouse, focus, paste, cursor keys, synchronized updates; the alternate buffer last. */
const RESETTABLE = [1, 9, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2026, 2031, 47, 1047, 1049];
const HIDDEN_CURSOR = 25;
const MAX_SEQUENCE_CHARS = 64;
const DECSET = /\x1b\[\?([\d;]*)([hl])/g;
const UNFINISHED = /\x1b(?:\[(?:[?>][\d;]*)?)?$/;

export function createTerminalModes(): TerminalModes {
  const on = new Set<number>();
  let isCursorHidden = false;
  let hasStyle = false;
  let hasKittyKeys = false;
  let carried = '';
  return {
    track(output) {
      const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength);
      if (carried === '' && !bytes.includes(0x1b)) return;
      const text = carried + bytes.toString('latin1');
      carried = UNFINISHED.exec(text.slice(-MAX_SEQUENCE_CHARS))?.[0] ?? '';
      hasStyle ||= /\x1b\[[\d;:]*m/.test(text);
      hasKittyKeys ||= /\x1b\[[>=][\d;]*u/.test(text);
      for (const [, modes, final] of text.matchAll(DECSET)) {
        for (const mode of modes!.split(';').map(Number)) {
          if (mode === HIDDEN_CURSOR) isCursorHidden = final === 'l';
          else if (final === 'l') on.delete(mode);
          else if (RESETTABLE.includes(mode)) on.add(mode);
        }
      }
    },
    restore() {
      const sequences = RESETTABLE.filter((mode) => on.has(mode)).map((mode) => `\x1b[?${mode}l`);
      // Before the alternate buffer is left: it has a stack of its own for the keyboard.
      if (hasKittyKeys) sequences.unshift('\x1b[<u');
      if (isCursorHidden) sequences.push('\x1b[?25h');
      if (hasStyle) sequences.push('\x1b[m');
      return sequences.join('');
    },
  };
}
