/** What containers use, over the whole screen and live. */
import { totalmem } from 'node:os';
import type { StatsBook } from '../data/stats-book.ts';
import { type BoardEntry, boardLines, boardTotals } from '../panes/board-lines.ts';
import { boardCursor, boardRows } from '../state/board.ts';
import type { StatsBoard as Board, ScreenState } from '../state/types.ts';
import { frame } from './frame.ts';
import { Surface } from './surface.tsx';
import { theme } from './theme.ts';

const machineMemory = totalmem();

export function StatsBoard({ state, board, stats }: { state: ScreenState; board: Board; stats: StatsBook }) {
  const { columns, rows } = state.size;
  const height = Math.max(3, rows - 1);
  const shown = boardRows(state, board);
  const cursor = boardCursor(shown, board);
  const entries = shown.map(
    (row): BoardEntry => ({ row, points: stats.pointsOf(row.id), busy: state.busy.get(row.target) }),
  );
  const width = columns - 4;
  const content = boardLines(entries, { board, cursor, width, height: height - 2, machineMemory });
  const lines = frame(
    content.map((line) => ` ${line}`),
    height,
    {
      width: columns,
      title: theme.bold('Stats'),
      right: theme.dim(boardTotals(entries)),
      isFocused: true,
      note: `${cursor + (shown.length > 0 ? 1 : 0)}/${shown.length}`,
    },
  );
  return <Surface lines={lines} x={0} y={0} width={columns} height={height} />;
}
