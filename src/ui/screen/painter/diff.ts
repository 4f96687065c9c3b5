/** The bytes that turn one screenful into another. */

import { charWidth, isEmojiClass } from '../../format/cell-width.ts';
import type { Grid } from './grid.ts';
import { baseOfCell, TAIL, textOfCell } from './line-cells.ts';
import { sgrOf } from './style.ts';

/** Writes the cells of `next` that differ from `previous`; '' when none does. Ends with the default style. */
export function diffGrids(previous: Grid, next: Grid): string {
  const out: Output = { text: '', style: -1, x: -1, y: -1 };
  for (let y = 0; y < next.rows; y += 1) diffRow(previous, next, y, out);
  return out.text === '' ? '' : `${out.text}\x1b[0m`;
}

interface Output {
  text: string;
  style: number;
  /** Where the terminal's cursor is; -1 = not known. */
  x: number;
  y: number;
}

function diffRow(previous: Grid, next: Grid, y: number, out: Output): void {
  const row = y * next.columns;
  const end = row + next.columns;
  let at = row;
  while (at < end) {
    if (previous.chars[at] === next.chars[at] && previous.styles[at] === next.styles[at]) {
      at += 1;
      continue;
    }
    // A change in the right half means the whole wide character is drawn again.
    if (next.chars[at] === TAIL && at > row) at -= 1;
    moveTo(at - row, y, out);
    at = putCell(next, at, end, out);
  }
}

function moveTo(x: number, y: number, out: Output): void {
  if (out.x === x && out.y === y) return;
  out.text += `\x1b[${y + 1};${x + 1}H`;
  out.x = x;
  out.y = y;
}

/** Writes one cell; returns the place of the next one. */
function putCell(grid: Grid, at: number, end: number, out: Output): number {
  const char = grid.chars[at]!;
  const style = grid.styles[at]!;
  if (style !== out.style) {
    out.text += sgrOf(style);
    out.style = style;
  }
  const isWide = at + 1 < end && grid.chars[at + 1] === TAIL && char !== TAIL;
  if (!isWide) {
    // A lone half, or a wide character without room for its tail, can't be shown.
    out.text += char === TAIL || charWidth(baseOfCell(char)) === 2 ? ' ' : textOfCell(char);
    out.x += 1;
    if (out.x >= grid.columns) out.x = -1;
    return at + 1;
  }
  const base = baseOfCell(char);
  if (isEmojiClass(base)) {
    // Where the terminal thinks it narrow, the second cell would keep what was there before.
    out.text += `  \x1b[${out.y + 1};${out.x + 1}H${textOfCell(char)}`;
    out.x = -1;
  } else {
    out.text += textOfCell(char);
    out.x += 2;
    if (out.x >= grid.columns) out.x = -1;
  }
  return at + 2;
}
