/** The table of what containers use: which rows, in which order, and what keys change of it. Pure. */
import { type ContainerRow, containerRow } from './rows.ts';
import { BOARD_KEYS, type ScreenState, type StatsBoard, type Usage } from './types.ts';

export const newBoard = (ids?: readonly string[]): StatsBoard => ({
  ids,
  key: 'cpu',
  isReversed: false,
  cursorId: undefined,
  cursor: 0,
});

/** A paused one keeps its memory. */
export const isUsing = (State: string): boolean => State === 'running' || State === 'paused';

/** The containers of the board; those that use most first, names from a to z. Those that use nothing are last in any order. */
export function boardRows(state: ScreenState, { ids, key, isReversed }: StatsBoard): ContainerRow[] {
  const rows = state.lists.containers
    .filter(({ Id, State }) => (ids === undefined ? isUsing(State) : ids.includes(Id)))
    .map(containerRow);
  const sorted = rows.sort((a, b) => compare(a, b, key, state.usage) || (a.name < b.name ? -1 : 1));
  const ordered = isReversed ? sorted.reverse() : sorted;
  return ordered.toSorted((a, b) => Number(isUsing(b.item.State)) - Number(isUsing(a.item.State)));
}

function compare(
  a: ContainerRow,
  b: ContainerRow,
  key: StatsBoard['key'],
  usage: ScreenState['usage'],
): number {
  if (key === 'name') return a.name.localeCompare(b.name, 'en', { numeric: true });
  return valueOf(usage.get(b.id), key) - valueOf(usage.get(a.id), key);
}

/** Tenths of a percent, and of everything else what is shown, so that equal figures stay in the order of names. */
function valueOf(usage: Usage | undefined, key: Exclude<StatsBoard['key'], 'name'>): number {
  const value = key === 'memory' ? usage?.memoryBytes : usage?.[key];
  if (value === undefined) return -1;
  return key === 'cpu' ? Math.round(value * 10) : value;
}

/** Index of the cursor: where its row is now, or the nearest place when the row is gone. */
export function boardCursor(rows: readonly ContainerRow[], { cursorId, cursor }: StatsBoard): number {
  const at = rows.findIndex(({ id }) => id === cursorId);
  return at >= 0 ? at : Math.max(0, Math.min(cursor, rows.length - 1));
}

/** Moves the cursor; a cursor that was never moved stays on the first row, whichever comes there. */
export function moveBoardCursor(state: ScreenState, board: StatsBoard, delta: number): StatsBoard {
  const rows = boardRows(state, board);
  const cursor = Math.max(0, Math.min(rows.length - 1, boardCursor(rows, board) + delta));
  return { ...board, cursor, cursorId: rows[cursor]?.id };
}

const KEYS = Object.keys(BOARD_KEYS) as StatsBoard['key'][];

/** The next column to sort by; the cursor goes to the first row. */
export function nextBoardKey(board: StatsBoard): StatsBoard {
  return sortedBy(board, KEYS[(KEYS.indexOf(board.key) + 1) % KEYS.length]!);
}

export const sortedBy = (board: StatsBoard, key: StatsBoard['key']): StatsBoard => ({
  ...board,
  key,
  isReversed: false,
  cursor: 0,
  cursorId: undefined,
});
