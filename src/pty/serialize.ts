/** Plays recorded terminal output into a screen model and writes down what it shows. */
import { lineToAnsi } from './line.ts';
import { createScreen, type ScreenModes } from './screen.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/**
 * The sequences that draw, on an empty terminal of that size, the screen which `bytes` (raw terminal output, perhaps cut at
 * its beginning) leaves behind: text, colours, cursor, and the modes the program still relies on.
 */
export async function serializeScreen(bytes: Uint8Array, cols: number, rows: number): Promise<string> {
  const terminal = createTerminal(cols, rows, 0);
  const screen = createScreen(terminal);
  await new Promise<void>((resolve) => terminal.write(bytes, resolve));
  const { cursor, modes } = screen;
  const cell = terminal.buffer.active.getNullCell();
  const used = modes.alternateBuffer ? rows : usedRows(terminal);
  const lines = Array.from({ length: used }, (_, y) => {
    const line = lineToAnsi(terminal.buffer.active.getLine(terminal.buffer.active.baseY + y), cols, cell);
    return trimEnd(line);
  });
  const text = modes.alternateBuffer
    ? lines.map((line, y) => `\x1b[${y + 1}H${line}`).join('')
    : lines.join('\r\n');
  terminal.dispose();
  return `${modeSequences(modes)}\x1b[m\x1b[H\x1b[2J${text}\x1b[${cursor.y + 1};${cursor.x + 1}H\x1b[?25${cursor.visible ? 'h' : 'l'}`;
}

/** Spaces after the last attribute are nothing to draw on an empty terminal. */
const trimEnd = (line: string) => line.replace(/ +$/, '');

function usedRows(terminal: Terminal): number {
  const buffer = terminal.buffer.active;
  let used = terminal.rows;
  while (used > buffer.cursorY + 1 && buffer.getLine(buffer.baseY + used - 1)?.translateToString(true) === '')
    used--;
  return used;
}

const TRACKING = {
  none: '',
  x10: '\x1b[?9h',
  vt200: '\x1b[?1000h',
  drag: '\x1b[?1002h',
  any: '\x1b[?1003h',
} as const;
const ENCODING = { x10: '', sgr: '\x1b[?1006h', urxvt: '\x1b[?1015h' } as const;

function modeSequences(modes: ScreenModes): string {
  return [
    modes.alternateBuffer ? '\x1b[?1049h' : '',
    modes.applicationCursor ? '\x1b[?1h' : '',
    modes.bracketedPaste ? '\x1b[?2004h' : '',
    modes.sendFocus ? '\x1b[?1004h' : '',
    TRACKING[modes.mouseTracking],
    ENCODING[modes.mouseEncoding],
  ].join('');
}
