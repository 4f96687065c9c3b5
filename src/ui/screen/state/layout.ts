/** Where every pane is, for any size of the terminal. */
import { rowsOf } from './rows.ts';
import { LIST_PANES, type ListPane, type Pane, type ScreenState } from './types.ts';

/** Below this width the lists and the details are shown one at a time. */
const MIN_TWO_COLUMNS = 70;
/** Below this height only the focused list is open. */
const MIN_OPEN_LISTS = 16;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  /** Each list: a title line and its rows; height 0 = not shown. The last open one has a bottom border too. */
  lists: Readonly<Record<ListPane, Box>>;
  left: Box;
  details: Box;
  hint: Box;
  /** Rows available for the details' content inside their border. */
  contentRows: number;
  contentColumns: number;
}

export function layoutOf(state: ScreenState): Layout {
  const { columns, rows } = state.size;
  const bodyRows = Math.max(1, rows - 1);
  const { leftWidth, detailsWidth } = widthsOf(state, columns);
  const heights = listHeights(state, leftWidth === 0 ? 0 : bodyRows);
  let y = 0;
  const lists = {} as Record<ListPane, Box>;
  for (const pane of LIST_PANES) {
    lists[pane] = { x: 0, y, width: leftWidth, height: heights[pane] };
    y += heights[pane];
  }
  return {
    lists,
    left: { x: 0, y: 0, width: leftWidth, height: bodyRows },
    details: { x: leftWidth, y: 0, width: detailsWidth, height: bodyRows },
    hint: { x: 0, y: bodyRows, width: columns, height: 1 },
    contentRows: Math.max(1, bodyRows - 2),
    contentColumns: Math.max(1, detailsWidth - 2),
  };
}

function widthsOf(state: ScreenState, columns: number): { leftWidth: number; detailsWidth: number } {
  const isDetails = state.focus === 'details';
  if (state.isZoomed || columns < MIN_TWO_COLUMNS) {
    return isDetails ? { leftWidth: 0, detailsWidth: columns } : { leftWidth: columns, detailsWidth: 0 };
  }
  const leftWidth = Math.max(34, Math.min(100, Math.round(columns * 0.42)));
  return { leftWidth, detailsWidth: columns - leftWidth };
}

/** Heights of the lists, the title line included; one row is kept for the bottom border. */
function listHeights(state: ScreenState, bodyRows: number): Record<ListPane, number> {
  const heights = { containers: 0, images: 0, volumes: 0, networks: 0 };
  const available = bodyRows - 1;
  if (available <= 0) return heights;
  const open = state.listPane;
  if (state.isZoomed && state.focus === open) return { ...heights, [open]: available };
  if (available < MIN_OPEN_LISTS) {
    for (const pane of LIST_PANES) heights[pane] = available >= 6 ? 1 : 0;
    const others = available >= 6 ? LIST_PANES.length - 1 : 0;
    heights[open] = available - others;
    return heights;
  }
  return shareOut(state, available);
}

/** Every list gets three lines; what is left goes to those with more rows, containers first, then the focused one. */
function shareOut(state: ScreenState, available: number): Record<ListPane, number> {
  const heights = { containers: 3, images: 3, volumes: 3, networks: 3 };
  let left = available - 12;
  const wanted: readonly [Pane, number][] = [
    ['containers', Math.ceil(available * 0.45)],
    ['images', Math.ceil(available * 0.28)],
    ['volumes', Math.ceil(available * 0.2)],
    ['networks', Math.ceil(available * 0.2)],
  ];
  for (const [pane, share] of wanted) {
    const list = pane as ListPane;
    const extra = Math.max(
      0,
      Math.min(left, share - heights[list], rowsOf(state, list).length + 1 - heights[list]),
    );
    heights[list] += extra;
    left -= extra;
  }
  heights.containers += left;
  return heights;
}
