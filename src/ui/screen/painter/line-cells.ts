/** Turns a line with colour sequences into cells, remembering the lines of the last frames. */

import { charWidth } from '../../format/cell-width.ts';
import { applySgr } from './style.ts';

/** A line as cells: a character (or cluster) and a style each; a wide character is followed by a TAIL. */
export interface LineCells {
  chars: Uint32Array;
  styles: Uint32Array;
}

/** The right half of a wide character. */
export const TAIL = 0;
const SPACE = 32;
/** From here on a cell holds the number of a cluster: a base with combining marks. */
const FIRST_CLUSTER = 0x200000;
const MAX_CLUSTERS = 20_000;
const MAX_CLUSTER_LENGTH = 16;
/** Lines of a generation; two generations are kept. */
const GENERATION = 2000;

const clusters: string[] = [];
const clusterIds = new Map<string, number>();
let young = new Map<string, LineCells>();
let old = new Map<string, LineCells>();

/** What a terminal is sent for a cell. */
export function textOfCell(char: number): string {
  return char >= FIRST_CLUSTER ? clusters[char - FIRST_CLUSTER]! : String.fromCodePoint(char);
}

/** The base character of a cell. */
export const baseOfCell = (char: number): number =>
  char >= FIRST_CLUSTER ? clusters[char - FIRST_CLUSTER]!.codePointAt(0)! : char;

/** Parses a line; the answer is shared, don't change it. Sequences other than SGR and control characters are left out. */
export function cellsOf(line: string): LineCells {
  let cells = young.get(line);
  if (cells !== undefined) return cells;
  cells = old.get(line) ?? parse(line);
  if (young.size >= GENERATION) {
    old = young;
    young = new Map();
  }
  young.set(line, cells);
  return cells;
}

const ESCAPE = /\x1b(?:\[([\d;:]*)([ -?]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)/y;

function parse(line: string): LineCells {
  const chars = new Uint32Array(line.length * 2);
  const styles = new Uint32Array(line.length * 2);
  let length = 0;
  let style = 0;
  for (let index = 0; index < line.length; index += 1) {
    const unit = line.charCodeAt(index);
    if (unit === 0x1b) {
      ESCAPE.lastIndex = index;
      const found = ESCAPE.exec(line);
      if (found === null) continue;
      if (found[3] === 'm' && found[2] === '') style = applySgr(style, found[1]!);
      index += found[0].length - 1;
      continue;
    }
    const codePoint = unit < 0xd800 || unit > 0xdfff ? unit : line.codePointAt(index)!;
    if (codePoint > 0xffff) index += 1;
    const width = charWidth(codePoint);
    if (width === 0) {
      if (codePoint >= 0x300) combine(chars, length, codePoint);
      continue;
    }
    chars[length] = codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
    styles[length++] = style;
    if (width === 2) {
      chars[length] = TAIL;
      styles[length++] = style;
    }
  }
  return { chars: chars.slice(0, length), styles: styles.slice(0, length) };
}

/** Adds a combining mark to the cell before `length`. */
function combine(chars: Uint32Array, length: number, mark: number): void {
  let at = length - 1;
  if (at >= 0 && chars[at] === TAIL) at -= 1;
  if (at < 0 || chars[at] === SPACE) return;
  const text = textOfCell(chars[at]!) + String.fromCodePoint(mark);
  if (text.length > MAX_CLUSTER_LENGTH) return;
  let id = clusterIds.get(text);
  if (id === undefined) {
    if (clusters.length >= MAX_CLUSTERS) return;
    id = FIRST_CLUSTER + clusters.length;
    clusters.push(text);
    clusterIds.set(text, id);
  }
  chars[at] = id;
}
