/** Which rows of a list are in its window. The place of the window is view state of the drawing, kept per list. */
import type { ListPane } from './types.ts';

const tops = new Map<ListPane, number>();

/** Index of the first row that is shown. */
export const windowTop = (pane: ListPane): number => tops.get(pane) ?? 0;

/** Keeps the cursor inside the window, moving the window as little as can be; returns its first row. */
export function moveWindow(pane: ListPane, cursor: number, height: number, count: number): number {
  const top = scrollTop(tops.get(pane) ?? 0, cursor, height, count);
  tops.set(pane, top);
  return top;
}

/** The nearest window of `height` rows to the one at `top` that holds `cursor`. */
function scrollTop(top: number, cursor: number, height: number, count: number): number {
  let next = Math.min(top, Math.max(0, count - height));
  if (cursor < next) next = cursor;
  if (cursor >= next + height) next = cursor - height + 1;
  return Math.max(0, next);
}
