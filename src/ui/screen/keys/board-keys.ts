/** Keys of the table of what containers use. */
import { boardCursor, boardRows, moveBoardCursor, nextBoardKey, sortedBy } from '../state/board.ts';
import { revealContainer } from '../state/moves.ts';
import { showTab } from '../state/terminals.ts';
import type { Dialog, StatsBoard, Tab } from '../state/types.ts';
import type { Services } from './services.ts';

/** For the line at the bottom and the help. */
export const BOARD_HINTS: readonly { key: string; label: string }[] = [
  { key: 'Esc', label: 'back' },
  { key: 'Enter', label: 'its stats' },
  { key: 'l', label: 'its logs' },
  { key: 'c', label: 'by CPU' },
  { key: 'm', label: 'by memory' },
  { key: 'o', label: 'next column' },
  { key: 'O', label: 'reverse' },
];

const MOVES: Readonly<Record<string, number>> = {
  j: 1,
  down: 1,
  k: -1,
  up: -1,
  pagedown: 20,
  pageup: -20,
  'ctrl+d': 10,
  'ctrl+u': -10,
  g: Number.NEGATIVE_INFINITY,
  home: Number.NEGATIVE_INFINITY,
  G: Number.POSITIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

export function onBoard({ store, dialogs }: Services, { board }: Dialog & { kind: 'stats' }, key: string) {
  const set = (next: StatsBoard) => dialogs.show({ kind: 'stats', board: next });
  if (key === 'esc' || key === 'q' || key === 'ctrl+c' || key === 'S') return dialogs.close();
  const delta = MOVES[key];
  if (delta !== undefined) return set(moveBoardCursor(store.get(), board, delta));
  if (key === 'c') return set(sortedBy(board, 'cpu'));
  if (key === 'm') return set(sortedBy(board, 'memory'));
  if (key === 'o') return set(nextBoardKey(board));
  if (key === 'O') return set({ ...board, isReversed: !board.isReversed });
  const tab: Tab | undefined = key === 'enter' ? 'stats' : key === 'l' ? 'logs' : undefined;
  if (tab === undefined) return;
  store.update((state) => {
    const rows = boardRows(state, board);
    const row = rows[boardCursor(rows, board)];
    if (row === undefined) return {};
    return {
      dialog: undefined,
      focus: 'details',
      ...revealContainer(state, row.id),
      ...showTab({ ...state, listPane: 'containers' }, tab),
    };
  });
}
