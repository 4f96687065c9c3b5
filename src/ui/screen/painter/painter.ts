/** Draws Ink's tree to the terminal: two grids, the cells that differ, one write a frame. */
import type { DOMElement } from 'ink';
import { diffGrids } from './diff.ts';
import { Grid } from './grid.ts';
import { drawTree } from './walk.ts';

/** After a frame the next one waits this long, so that a burst of changes is one frame. */
const MIN_INTERVAL_MS = 4;

export interface PainterOutput {
  readonly columns: number;
  readonly rows: number;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** Cells from the left and top, 0-based. */
export interface CursorPlace {
  x: number;
  y: number;
}

export interface Painter {
  /** Asks for a frame soon. */
  schedule(): void;
  /** Draws a frame now, when anything changed. */
  paint(): void;
  /** Forgets what the terminal shows: the next frame is drawn whole. */
  invalidate(): void;
  /** Shows the terminal's cursor there, or hides it. */
  setCursor(place: CursorPlace | undefined): void;
  stop(): void;
  /** Frames written so far, and their bytes. */
  readonly written: { frames: number; bytes: number };
}

/**
 * Takes the place of Ink's own painter, which tokenises every character of every frame, through the root's public `onRender`.
 * Frames wait while the terminal can't take more (a slow line sees fewer frames, not older ones).
 */
export function createPainter(root: DOMElement, out: PainterOutput): Painter {
  const frames = new Frames(root, out);
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let lastAt = 0;
  let isBlocked = false;
  let isStopped = false;
  const written = { frames: 0, bytes: 0 };
  const clear = () => {
    clearTimeout(timer);
    clearImmediate(immediate);
    timer = undefined;
    immediate = undefined;
  };

  const painter: Painter = {
    written,
    schedule() {
      if (isStopped || timer !== undefined || immediate !== undefined) return;
      const waitMs = MIN_INTERVAL_MS - (performance.now() - lastAt);
      if (waitMs <= 0) immediate = setImmediate(() => painter.paint());
      else timer = setTimeout(() => painter.paint(), waitMs);
    },
    paint() {
      clear();
      if (isStopped || isBlocked) return;
      lastAt = performance.now();
      const text = frames.next();
      if (text === '') return;
      written.frames += 1;
      written.bytes += text.length;
      if (out.write(`\x1b[?2026h\x1b[?25l${text}\x1b[?2026l`)) return;
      isBlocked = true;
      out.once('drain', () => {
        isBlocked = false;
        painter.schedule();
      });
    },
    invalidate() {
      frames.isWhole = true;
      painter.schedule();
    },
    setCursor(place) {
      frames.cursor = place;
      painter.schedule();
    },
    stop() {
      isStopped = true;
      clear();
    },
  };
  root.onRender = () => painter.schedule();
  return painter;
}

/** The two grids: what the terminal shows, and what it is to show. */
class Frames {
  /** The terminal's content is not known: everything is drawn. */
  isWhole = true;
  cursor: CursorPlace | undefined;
  readonly #root: DOMElement;
  readonly #out: PainterOutput;
  #shown = new Grid(0, 0);
  #drawn = new Grid(0, 0);
  #cursorText = '';

  constructor(root: DOMElement, out: PainterOutput) {
    this.#root = root;
    this.#out = out;
  }

  /** The bytes that turn what is shown into the tree as it is now; '' when nothing differs. */
  next(): string {
    const columns = this.#out.columns || 80;
    const rows = this.#out.rows || 24;
    if (this.#drawn.columns !== columns || this.#drawn.rows !== rows) {
      this.#drawn = new Grid(columns, rows);
      this.isWhole = true;
    }
    this.#drawn.clear();
    drawTree(this.#root, this.#drawn);
    let text = '';
    if (this.isWhole) {
      this.#shown = new Grid(columns, rows);
      text = '\x1b[0m\x1b[H\x1b[2J';
      this.isWhole = false;
    }
    const { cursor } = this;
    const place = cursor === undefined ? '' : `\x1b[${cursor.y + 1};${cursor.x + 1}H\x1b[?25h`;
    text += diffGrids(this.#shown, this.#drawn);
    if (text === '' && place === this.#cursorText) return '';
    this.#cursorText = place;
    [this.#shown, this.#drawn] = [this.#drawn, this.#shown];
    // Never empty: hiding the cursor is a frame too.
    return `${text}\x1b[0m${place}`;
  }
}
