/** The texts of the details (inspect, env, top, …) as rows of the pane: wrapped, scrolled, searched. Pure. */
import { wrapStyled } from '../widgets/fit.ts';
import { layoutOf } from './layout.ts';
import { searchPattern } from './log-buffer.ts';
import type { ScreenState } from './types.ts';

interface Wrapped {
  width: number;
  rows: readonly string[];
}

const known = new WeakMap<readonly string[], Wrapped>();

/** Lines that are too long go on in the next row, unless that is turned off. */
export function textRows(state: ScreenState): readonly string[] {
  const { lines } = state.document;
  if (!state.text.isWrapped) return lines;
  const width = Math.max(10, layoutOf(state).contentColumns - 1);
  const found = known.get(lines);
  if (found?.width === width) return found.rows;
  const rows = lines.flatMap((line) => wrapStyled(line, width));
  known.set(lines, { width, rows });
  return rows;
}

/** The first row that is shown: never beyond the last page. */
export function textTop(state: ScreenState): number {
  const last = Math.max(0, textRows(state).length - layoutOf(state).contentRows);
  return Math.min(state.document.top, last);
}

/** Moves by rows; ±Infinity goes to an end. */
export function scrollTextBy(state: ScreenState, delta: number): Partial<ScreenState> {
  const last = Math.max(0, textRows(state).length - layoutOf(state).contentRows);
  const top = Math.max(0, Math.min(last, textTop(state) + delta));
  return { document: { ...state.document, top }, text: { ...state.text, hit: undefined } };
}

/** Goes to the next (1) or previous (-1) row that matches; undefined when none does. */
export function findInText(state: ScreenState, step: 1 | -1): Partial<ScreenState> | undefined {
  const rows = textRows(state);
  const pattern = searchPattern(state.text.search);
  const from = state.text.hit ?? textTop(state) - (step > 0 ? 1 : 0);
  for (let at = from + step; at >= 0 && at < rows.length; at += step) {
    if (!pattern.test(rows[at]!.replace(/\x1b\[[\d;:]*m/g, ''))) continue;
    const above = Math.floor(layoutOf(state).contentRows / 3);
    const shown = scrollTextBy(state, at - above - textTop(state));
    return { ...shown, text: { ...state.text, hit: at } };
  }
  return undefined;
}
