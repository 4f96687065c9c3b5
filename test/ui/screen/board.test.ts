import { describe, expect, it } from 'vitest';
import { StatsBook } from '../../../src/ui/screen/data/stats-book.ts';
import { boardLines, boardTotals } from '../../../src/ui/screen/panes/board-lines.ts';
import {
  boardCursor,
  boardRows,
  moveBoardCursor,
  newBoard,
  nextBoardKey,
  sortedBy,
} from '../../../src/ui/screen/state/board.ts';
import { initialState, type ScreenState, type StatsBoard } from '../../../src/ui/screen/state/types.ts';
import { styledWidth } from '../../../src/ui/screen/widgets/fit.ts';
import { container } from './fixture.ts';

const MB = 1024 * 1024;
const containers = [
  container('busy'),
  container('large'),
  container('数据库-with-a-very-long-name-indeed'),
  container('asleep', { State: 'paused', Status: 'Up 2 hours (Paused)' }),
  container('over', { State: 'exited', Status: 'Exited (1) 5 minutes ago' }),
];
const use = (cpu: number, memoryBytes: number, network = 0) => ({
  cpu,
  memoryBytes,
  network,
  disk: 0,
  pids: 1,
});
const state: ScreenState = {
  ...initialState({ columns: 100, rows: 30 }, 0),
  lists: { containers, images: [], volumes: [], networks: [] },
  usage: new Map([
    [containers[0]!.Id, use(93.2, 1 * MB)],
    [containers[1]!.Id, use(0.04, 500 * MB, 9000)],
    [containers[2]!.Id, use(0.01, 2 * MB)],
  ]),
};
const names = (board: StatsBoard) => boardRows(state, board).map(({ name }) => name.slice(0, 6));

describe('the table of what containers use', () => {
  it('has all that run, the busiest first, equal ones by name', () => {
    expect(names(newBoard())).toEqual(['busy', 'large', '数据库-wi', 'asleep']);
    expect(names(sortedBy(newBoard(), 'memory'))).toEqual(['large', '数据库-wi', 'busy', 'asleep']);
    expect(names(sortedBy(newBoard(), 'network'))[0]).toBe('large');
    expect(names({ ...newBoard(), isReversed: true })).toEqual(['asleep', '数据库-wi', 'large', 'busy']);
    const ids = containers.map(({ Id }) => Id);
    for (const isReversed of [false, true])
      expect(names({ ...newBoard(ids), isReversed }).at(-1)).toBe('over');
  });

  it('has only those that were asked for, running or not', () => {
    expect(names(newBoard([containers[4]!.Id, containers[0]!.Id]))).toEqual(['busy', 'over']);
  });

  it('comes round to the first column', () => {
    let board = newBoard();
    const seen: string[] = [];
    do {
      board = nextBoardKey(board);
      seen.push(board.key);
    } while (board.key !== 'cpu');
    expect(seen).toEqual(['memory', 'network', 'disk', 'pids', 'name', 'cpu']);
  });

  it('keeps its cursor on a container, wherever that goes', () => {
    const board = moveBoardCursor(state, newBoard(), 1);
    expect(boardCursor(boardRows(state, board), board)).toBe(1);
    const byMemory: StatsBoard = { ...board, key: 'memory' };
    expect(boardCursor(boardRows(state, byMemory), byMemory)).toBe(0);
    const gone = { ...state, lists: { ...state.lists, containers: containers.slice(0, 1) } };
    expect(boardCursor(boardRows(gone, board), board)).toBe(0);
    expect(moveBoardCursor(state, board, Number.POSITIVE_INFINITY).cursor).toBe(3);
  });

  const book = new StatsBook();
  const sample = (index: number, seconds: number, cpuNs: number) =>
    book.add(containers[index]!.Id, {
      readAt: seconds * 1000,
      cpuNs,
      onlineCpus: 2,
      memoryBytes: 32 * MB,
      memoryLimitBytes: 64 * MB,
      pids: 3,
      netRxBytes: seconds * 2048,
      netTxBytes: 0,
    });
  for (const index of [0, 1, 2])
    for (const second of [1, 2, 3]) sample(index, second, second * (index + 1) * 1e8);
  const draw = (width: number, height = 10, board = newBoard([...containers.map(({ Id }) => Id)])) => {
    const entries = boardRows(state, board).map((row) => ({
      row,
      points: book.pointsOf(row.id),
      busy: undefined,
    }));
    const lines = boardLines(entries, { board, cursor: 0, width, height, machineMemory: 1e9 });
    return lines.map((line) => line.replace(/\x1b\[[\d;]*m/g, ''));
  };

  it.each([36, 56, 76, 96, 116, 156, 216])('fills %i cells, columns below their headings', (width) => {
    const [heading, first, second] = draw(width);
    expect(styledWidth(heading!)).toBeLessThanOrEqual(width);
    expect(styledWidth(first!)).toBe(width);
    expect(styledWidth(second!)).toBeLessThanOrEqual(width);
    const end = heading!.indexOf('PIDS') + 4;
    expect(first!.slice(0, end)).toMatch(/ 3$/);
    expect(first).toMatch(/10\.0%.*32M\/64M/);
  });

  it('leaves out columns where there is little room: history, then disk, network and bars', () => {
    const columns = (width: number) => draw(width)[0]!.trim().replace('CPU HISTORY', 'HISTORY').split(/ +/);
    expect(columns(36)).toEqual(['NAME', 'CPU↓', 'MEMORY', 'PIDS']);
    expect(columns(76)).toEqual(['NAME', 'CPU↓', 'MEMORY', 'NETWORK', 'PIDS']);
    expect(columns(116)).toEqual(['NAME', 'CPU↓', 'MEMORY', 'NETWORK', 'DISK', 'PIDS']);
    expect(columns(216)).toEqual(['NAME', 'CPU↓', 'MEMORY', 'NETWORK', 'DISK', 'PIDS', 'HISTORY']);
  });

  it('says the state of what uses nothing, and what it does not know yet', () => {
    const text = draw(100).join('\n');
    expect(text).toMatch(/over +Exited \(1\) 5m/);
    expect(text).toMatch(/asleep +measuring…/);
  });

  it('shows the rows around the cursor, and sums them up', () => {
    expect(draw(80, 3)).toHaveLength(3);
    const entries = boardRows(state, newBoard()).map((row) => ({
      row,
      points: book.pointsOf(row.id),
      busy: undefined,
    }));
    expect(boardTotals(entries)).toMatch(/3 running · CPU 60\.0% · memory 96M/);
  });
});

describe('samples of a container that uses next to nothing', () => {
  const stats = (readAt: number, cpuNs: number) => ({ readAt, cpuNs, onlineCpus: 1, memoryBytes: MB });

  it('are drawn until its history is level, then only when a figure changes', () => {
    const book = new StatsBook();
    const drawn = Array.from({ length: 12 }, (_, index) => book.add('x', stats(index * 1000, 0)));
    expect(drawn.slice(0, 9)).toEqual(Array(9).fill(true));
    expect(drawn.slice(9)).toEqual([false, false, false]);
    expect(book.isQuiet('x')).toBe(true);
    expect(book.add('x', { ...stats(12_000, 0), memoryBytes: 3 * MB })).toBe(true);
    expect(book.add('x', stats(13_000, 5e8))).toBe(true);
    expect(book.isQuiet('x')).toBe(false);
  });
});
