/** A screenful of cells. */
import { type LineCells, TAIL } from './line-cells.ts';

const SPACE = 32;

/** Half-open: x1 ≤ x < x2, y1 ≤ y < y2. */
export interface Clip {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export class Grid {
  readonly columns: number;
  readonly rows: number;
  readonly chars: Uint32Array;
  readonly styles: Uint32Array;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.chars = new Uint32Array(columns * rows);
    this.styles = new Uint32Array(columns * rows);
    this.clear();
  }

  clear(): void {
    this.chars.fill(SPACE);
    this.styles.fill(0);
  }

  /** Copies a line's cells to (x, y), inside the clip. A wide character that is cut becomes a blank. */
  put(line: LineCells, x: number, y: number, clip: Clip): void {
    if (y < clip.y1 || y >= clip.y2 || y < 0 || y >= this.rows) return;
    const first = Math.max(clip.x1, 0) - x;
    const from = Math.max(first, 0);
    const to = Math.min(line.chars.length, Math.min(clip.x2, this.columns) - x);
    if (to <= from) return;
    const at = y * this.columns + x;
    this.#heal(y, x + from, x + to);
    this.chars.set(line.chars.subarray(from, to), at + from);
    this.styles.set(line.styles.subarray(from, to), at + from);
    if (line.chars[from] === TAIL) this.chars[at + from] = SPACE;
    if (to < line.chars.length && line.chars[to] === TAIL) this.chars[at + to - 1] = SPACE;
  }

  /** Blanks the halves of wide characters that a write to [x1, x2) would leave alone. */
  #heal(y: number, x1: number, x2: number): void {
    const row = y * this.columns;
    if (this.chars[row + x1] === TAIL && x1 > 0) this.chars[row + x1 - 1] = SPACE;
    if (x2 < this.columns && this.chars[row + x2] === TAIL) this.chars[row + x2] = SPACE;
  }
}
