/** Turns a line of cells into text with colours: SGR sequences only, exactly as wide as the screen. */
import type { IBufferCell, IBufferLine } from '@xterm/headless';

/** A cell may carry any number of combining marks; programs that pile them up get this many UTF-16 units. */
const MAX_CELL_UNITS = 16;

/** `cell` is scratch space, reused for every cell. The text ends with attributes off when it used any. */
export function lineToAnsi(line: IBufferLine | undefined, cols: number, cell: IBufferCell): string {
  if (line === undefined) return ' '.repeat(cols);
  let text = '';
  let style = '';
  let width = 0;
  for (let x = 0; x < cols; x++) {
    if (line.getCell(x, cell) === undefined) break;
    const cellWidth = cell.getWidth();
    if (cellWidth === 0 || width + cellWidth > cols) continue;
    const next = cell.isAttributeDefault() ? '' : styleOf(cell);
    if (next !== style) {
      text += next === '' ? '\x1b[m' : `\x1b[0${next}m`;
      style = next;
    }
    text += cell.isInvisible() ? ' '.repeat(cellWidth) : charsOf(cell);
    width += cellWidth;
  }
  if (style !== '') text += '\x1b[m';
  return width < cols ? text + ' '.repeat(cols - width) : text;
}

function charsOf(cell: IBufferCell): string {
  const chars = cell.getChars();
  if (chars === '') return ' ';
  return chars.length <= MAX_CELL_UNITS
    ? chars
    : chars
        .slice(0, MAX_CELL_UNITS)
        .toWellFormed()
        .replace(/\uFFFD$/, '');
}

/** The parameters of the SGR sequence after the reset, each with its semicolon in front. */
function styleOf(cell: IBufferCell): string {
  let style = '';
  if (cell.isBold()) style += ';1';
  if (cell.isDim()) style += ';2';
  if (cell.isItalic()) style += ';3';
  if (cell.isUnderline()) style += ';4';
  if (cell.isBlink()) style += ';5';
  if (cell.isInverse()) style += ';7';
  if (cell.isStrikethrough()) style += ';9';
  if (cell.isOverline()) style += ';53';
  if (!cell.isFgDefault()) style += colour(30, cell.getFgColor(), cell.isFgRGB());
  if (!cell.isBgDefault()) style += colour(40, cell.getBgColor(), cell.isBgRGB());
  return style;
}

function colour(base: 30 | 40, value: number, isRgb: boolean): string {
  if (isRgb) return `;${base + 8};2;${value >> 16};${(value >> 8) & 0xff};${value & 0xff}`;
  if (value < 8) return `;${base + value}`;
  return value < 16 ? `;${base + 60 + value - 8}` : `;${base + 8};5;${value}`;
}
