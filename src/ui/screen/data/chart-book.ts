/** Charts of the stats tab; the library is loaded when they are first shown. */
import type { Store } from '../state/store.ts';
import type { StatsBook } from './stats-book.ts';

/** Draws a chart of a container's CPU and memory; undefined while the library is loading. */
export function createChartBook(
  _store: Store,
  _stats: StatsBook,
): (id: string, width: number, height: number) => readonly string[] | undefined {
  return () => undefined;
}
