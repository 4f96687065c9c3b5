/** Keys, pastes and mouse as the program in the terminal asked for them (xterm's control sequences). */
import type { ScreenModes } from './screen.ts';

export interface MouseEvent {
  kind: 'press' | 'release' | 'move' | 'wheel';
  /** 0 left, 1 middle, 2 right, undefined: none held; of a wheel 0 up, 1 down, 2 left, 3 right */
  button?: number;
  /** cells from the top left of the terminal, from 0 */
  x: number;
  y: number;
  shift?: boolean;
  alt?: boolean;
  ctrl?: boolean;
}

/** Highest cell the old encodings can name: one byte, 32 + cell + 1. */
const MAX_X10_CELL = 222;

/** The sequence for the program, or undefined when it did not ask for such events. */
export function encodeMouse(event: MouseEvent, modes: ScreenModes): string | undefined {
  if (!isWanted(event, modes.mouseTracking)) return undefined;
  const { x, y, kind } = event;
  const code = buttonCode(event, modes.mouseTracking);
  if (modes.mouseEncoding === 'sgr')
    return `\x1b[<${code};${x + 1};${y + 1}${kind === 'release' ? 'm' : 'M'}`;
  // Releases have no button of their own in the old encodings.
  const plain = 32 + (kind === 'release' ? (code & ~3) | 3 : code);
  if (modes.mouseEncoding === 'urxvt') return `\x1b[${plain};${x + 1};${y + 1}M`;
  if (x > MAX_X10_CELL || y > MAX_X10_CELL) return undefined;
  return `\x1b[M${String.fromCharCode(plain, 33 + x, 33 + y)}`;
}

function isWanted({ kind, button }: MouseEvent, tracking: ScreenModes['mouseTracking']): boolean {
  if (tracking === 'none') return false;
  if (tracking === 'x10') return kind === 'press';
  if (kind !== 'move') return true;
  return tracking === 'any' || (tracking === 'drag' && button !== undefined);
}

function buttonCode(event: MouseEvent, tracking: ScreenModes['mouseTracking']): number {
  const button = event.button ?? 3;
  const code = button + (event.kind === 'wheel' ? 64 : 0) + (event.kind === 'move' ? 32 : 0);
  if (tracking === 'x10') return button;
  return code + (event.shift ? 4 : 0) + (event.alt ? 8 : 0) + (event.ctrl ? 16 : 0);
}

/** Keys a terminal sends differently in application cursor mode: arrows, Home, End. */
const CURSOR_KEY = /\x1b\[([ABCDHF])/g;
const PASTE_MARK = /\x1b\[20[01]~/g;
const FOCUS_EVENT = /\x1b\[[IO]/g;

/**
 * Input of the real terminal (in its normal modes, with bracketed paste and focus events on) as the program's terminal
 * would send it. Everything else passes byte for byte.
 */
export function translateInput(bytes: Uint8Array, modes: ScreenModes): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!input.includes(0x1b)) return input;
  let text = input.toString('latin1');
  if (!modes.bracketedPaste) text = text.replace(PASTE_MARK, '');
  if (!modes.sendFocus) text = text.replace(FOCUS_EVENT, '');
  // Within a paste the text is the user's: nothing in it is a key.
  if (modes.applicationCursor && !text.includes('\x1b[200~')) text = text.replace(CURSOR_KEY, '\x1bO$1');
  return Buffer.from(text, 'latin1');
}
