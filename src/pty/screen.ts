/** What a program shows: lines of cells, cursor, modes, scrollback. */

import { lineToAnsi } from './line.ts';
import type { Terminal } from './terminal.ts';

/** Cells from the top left of the shown part; not visible when hidden by the program or scrolled out. */
export interface Cursor {
  x: number;
  y: number;
  visible: boolean;
}

/** What the program asked its terminal for (xterm's control sequences, DECSET). */
export interface ScreenModes {
  mouseTracking: 'none' | 'x10' | 'vt200' | 'drag' | 'any';
  mouseEncoding: 'x10' | 'sgr' | 'urxvt';
  bracketedPaste: boolean;
  applicationCursor: boolean;
  sendFocus: boolean;
  /** a full-screen program is on: no scrollback, the wheel means arrow keys */
  alternateBuffer: boolean;
}

export interface Screen {
  readonly cols: number;
  readonly rows: number;
  /** The title the program set, without control characters; '' when none. */
  readonly title: string;
  readonly cursor: Cursor;
  readonly modes: ScreenModes;
  /** Lines above the live screen, and how many of them the view is scrolled back. */
  readonly scrollback: { lines: number; offset: number };
  /** Text with SGR sequences, every line `cols` cells wide; all of the view, or `rows` lines from `top`. */
  lines(top?: number, rows?: number): string[];
  /** Moves the view by lines: negative is back. The view stays where it is while output goes on. */
  scroll(lines: number): void;
  scrollToEnd(): void;
}

const MAX_TITLE_LENGTH = 200;

/** Watches `terminal`; its modes that xterm's interface does not tell are read off the sequences themselves. */
export function createScreen(terminal: Terminal): Screen {
  let title = '';
  const modes = watchModes(terminal);
  const cell = terminal.buffer.active.getNullCell();
  terminal.onTitleChange(
    (text) => (title = text.replace(/[\x00-\x1f\x7f-\x9f]/g, '').slice(0, MAX_TITLE_LENGTH)),
  );
  return {
    get cols() {
      return terminal.cols;
    },
    get rows() {
      return terminal.rows;
    },
    get title() {
      return title;
    },
    get cursor() {
      const { baseY, viewportY, cursorX, cursorY } = terminal.buffer.active;
      const y = cursorY + baseY - viewportY;
      // After the last column is written the cursor waits beyond it.
      return {
        x: Math.min(cursorX, terminal.cols - 1),
        y,
        visible: modes.isCursorShown && y < terminal.rows,
      };
    },
    get modes() {
      return modesOf(terminal, modes.mouseEncoding);
    },
    get scrollback() {
      const { baseY, viewportY } = terminal.buffer.active;
      return { lines: baseY, offset: baseY - viewportY };
    },
    lines(top = 0, rows = terminal.rows) {
      const buffer = terminal.buffer.active;
      return Array.from({ length: rows }, (_, y) =>
        lineToAnsi(buffer.getLine(buffer.viewportY + top + y), terminal.cols, cell),
      );
    },
    scroll: (lines) => terminal.scrollLines(lines),
    scrollToEnd: () => terminal.scrollToBottom(),
  };
}

function modesOf(terminal: Terminal, mouseEncoding: ScreenModes['mouseEncoding']): ScreenModes {
  const { modes, buffer } = terminal;
  return {
    mouseTracking: modes.mouseTrackingMode,
    mouseEncoding,
    bracketedPaste: modes.bracketedPasteMode,
    applicationCursor: modes.applicationCursorKeysMode,
    sendFocus: modes.sendFocusMode,
    alternateBuffer: buffer.active.type === 'alternate',
  };
}

interface WatchedModes {
  isCursorShown: boolean;
  mouseEncoding: ScreenModes['mouseEncoding'];
}

function watchModes(terminal: Terminal): WatchedModes {
  const watched: WatchedModes = { isCursorShown: true, mouseEncoding: 'x10' };
  const set = (params: (number | number[])[], isOn: boolean): boolean => {
    for (const mode of params) {
      if (mode === 25) watched.isCursorShown = isOn;
      if (mode === 1006) watched.mouseEncoding = isOn ? 'sgr' : 'x10';
      if (mode === 1015) watched.mouseEncoding = isOn ? 'urxvt' : 'x10';
    }
    return false;
  };
  const reset = (): boolean => {
    Object.assign(watched, { isCursorShown: true, mouseEncoding: 'x10' });
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => set(params, true));
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => set(params, false));
  terminal.parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset);
  terminal.parser.registerEscHandler({ final: 'c' }, reset);
  return watched;
}
