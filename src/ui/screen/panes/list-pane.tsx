/** One list of the left column. */
import { memo } from 'react';
import type { StatsBook } from '../data/stats-book.ts';
import type { Box } from '../state/layout.ts';
import { containerImage, cursorOf, keptMarks, type Row, rowsOf } from '../state/rows.ts';
import { LIST_PANES, type ListPane, type ScreenState } from '../state/types.ts';
import { usersOf } from '../state/users.ts';
import { moveWindow } from '../state/windows.ts';
import { styledWidth } from '../widgets/fit.ts';
import { bottomLine, sideLine, topLine } from '../widgets/frame.ts';
import { Surface } from '../widgets/surface.tsx';
import { theme } from '../widgets/theme.ts';
import type { Needs } from './column.ts';
import { rowLine } from './list-rows.ts';
import { terminalBadge } from './tab-bar.ts';

interface ListPaneProps {
  pane: ListPane;
  state: ScreenState;
  box: Box;
  /** Draws the bottom border below itself. */
  isLast: boolean;
  isFirst: boolean;
  stats: StatsBook;
}

const TITLES: Readonly<Record<ListPane, string>> = {
  containers: 'Containers',
  images: 'Images',
  volumes: 'Volumes',
  networks: 'Networks',
};

/** Parts of the state that change what a list shows. */
function isSame(a: ListPaneProps, b: ListPaneProps): boolean {
  const { pane } = a;
  return (
    a.isLast === b.isLast &&
    a.isFirst === b.isFirst &&
    a.box.y === b.box.y &&
    a.box.height === b.box.height &&
    a.box.width === b.box.width &&
    a.state.lists[pane] === b.state.lists[pane] &&
    a.state.views[pane] === b.state.views[pane] &&
    a.state.busy === b.state.busy &&
    (a.state.focus === pane) === (b.state.focus === pane) &&
    (a.state.listPane === pane) === (b.state.listPane === pane) &&
    a.state.isLoaded === b.state.isLoaded &&
    a.state.isAllShown === b.state.isAllShown &&
    a.state.sorting === b.state.sorting &&
    a.state.usage === b.state.usage &&
    a.state.staleReason === b.state.staleReason &&
    a.state.nowSeconds === b.state.nowSeconds &&
    (pane !== 'volumes' || a.state.lists.containers === b.state.lists.containers) &&
    (pane !== 'containers' ||
      (a.state.versions.stats === b.state.versions.stats && a.state.terminals === b.state.terminals))
  );
}

export const ListPaneView = memo(function ListPaneView({
  pane,
  state,
  box,
  isLast,
  isFirst,
  stats,
}: ListPaneProps) {
  if (box.height <= 0 || box.width <= 0) return null;
  const rows = rowsOf(state, pane);
  const view = state.views[pane];
  const isFocused = state.focus === pane;
  const cursor = cursorOf(rows, view);
  const room = box.height - 1;
  const top = moveWindow(pane, cursor, room, rows.length);
  const lines = [
    topLine({
      width: box.width,
      title: titleOf(state, pane, isFocused),
      right: sideNote(state, pane, cursor, rows.length, room),
      isFocused,
      isJoined: !isFirst,
    }),
  ];
  const width = box.width - 2;
  for (let index = 0; index < room; index += 1) {
    const at = top + index;
    const row = rows[at];
    if (row === undefined) {
      lines.push(
        sideLine(index === 0 && rows.length === 0 ? emptyNote(state, pane) : '', box.width, isFocused),
      );
      continue;
    }
    const line = rowLine(row, {
      width,
      isSelected: at === cursor && (isFocused || state.listPane === pane),
      isFocused,
      isMarked: view.marks.has(row.id),
      busy: state.busy.get(row.target),
      nowSeconds: state.nowSeconds,
      cpu: row.pane === 'containers' ? stats.cpuOf(row.id) : [],
      memoryBytes: row.pane === 'containers' ? stats.memoryOf(row.id) : undefined,
      badge: row.pane === 'containers' ? terminalBadge(state, row.id) : '',
      needs: needsOf(rows),
      users: row.pane === 'volumes' ? usersOf(state.lists.containers, row.target) : 0,
    });
    lines.push(sideLine(line, box.width, isFocused));
  }
  if (isLast) lines.push(bottomLine(box.width, isFocused));
  return <Surface lines={lines} x={box.x} y={box.y} width={box.width} height={lines.length} />;
}, isSame);

function titleOf(state: ScreenState, pane: ListPane, isFocused: boolean): string {
  const number = LIST_PANES.indexOf(pane) + 1;
  const name = isFocused ? theme.bold(TITLES[pane]) : TITLES[pane];
  return `${theme.dim(String(number))} ${name} ${theme.dim(countOf(state, pane))}`;
}

function countOf(state: ScreenState, pane: ListPane): string {
  if (!state.isLoaded) return '…';
  if (pane === 'containers') {
    const all = state.lists.containers;
    return `${all.filter((item) => item.State === 'running').length}/${all.length}`;
  }
  return String(state.lists[pane].length);
}

function sideNote(state: ScreenState, pane: ListPane, cursor: number, count: number, room: number): string {
  const { filter, marks } = state.views[pane];
  const marked = keptMarks(state, pane).size;
  const notes: string[] = [];
  if (state.staleReason !== undefined && pane === 'containers') notes.push(theme.yellow('stale'));
  if (pane === 'containers') notes.push(...sortingNote(state));
  if (pane === 'containers' && !state.isAllShown) notes.push(theme.dim('running only'));
  if (marks.size > 0) notes.push(theme.yellow(marked > 0 ? `${marked} marked` : 'marked ones gone'));
  if (filter !== '') notes.push(theme.yellow(`/${filter}`));
  if (count > room && count > 0) notes.push(theme.dim(`${cursor + 1}/${count}`));
  return notes.join(' ');
}

/** Nothing is said of the order that everybody expects. */
function sortingNote({ sorting: { key, isReversed } }: ScreenState): string[] {
  if (key === 'created' && !isReversed) return [];
  const falls = key === 'name' || key === 'state' ? isReversed : !isReversed;
  return [theme.cyan(`${falls ? '↓' : '↑'}${key}`)];
}

function emptyNote(state: ScreenState, pane: ListPane): string {
  if (!state.isLoaded) return theme.dim(' reading…');
  if (state.views[pane].filter !== '') return theme.dim(' nothing matches the filter; esc clears it');
  if (pane === 'containers') {
    const hasImages = state.lists.images.length > 0;
    return theme.dim(hasImages ? ' none; r on an image runs it' : ' none yet');
  }
  if (pane === 'images') return theme.dim(' none; : pull NAME, or Enter for a first one');
  return theme.dim(' none');
}

const known = new WeakMap<readonly Row[], Needs>();

/** Cells that the longest name and image take; measured once for each list. */
function needsOf(rows: readonly Row[]): Needs {
  const found = known.get(rows);
  if (found !== undefined) return found;
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map(styledWidth));
  const needs = {
    name: longest(rows.map(({ name }) => name)),
    image: longest(rows.map((row) => (row.pane === 'containers' ? containerImage(row.item) : ''))),
  };
  known.set(rows, needs);
  return needs;
}
