/** The rows of each list: what is shown of an object, what a filter looks at, what verbs are called with. */
import type { ContainerSummary, ImageSummary, NetworkInfo, VolumeInfo } from '../../../engine/index.ts';
import { shortImage } from '../../format/names.ts';
import { fitsFilterWord } from './filter-words.ts';
import { sorted } from './sorting.ts';
import { LIST_PANES, type ListPane, type ListView, type ScreenState } from './types.ts';

/** `id` is unique in its list, `target` is what engine verbs take. */
export interface RowOf<K extends ListPane, T> {
  pane: K;
  id: string;
  target: string;
  name: string;
  item: T;
}

export type ContainerRow = RowOf<'containers', ContainerSummary>;
export type ImageRow = RowOf<'images', ImageSummary>;
export type VolumeRow = RowOf<'volumes', VolumeInfo>;
export type NetworkRow = RowOf<'networks', NetworkInfo>;
export type Row = ContainerRow | ImageRow | VolumeRow | NetworkRow;

/** Names and statuses come from images and containers: no control character of theirs reaches the terminal. */
export const plain = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '�');

export const containerName = (item: ContainerSummary): string =>
  plain((item.Names[0] ?? item.Id.slice(0, 12)).replace(/^\//, ''));

/** Its image as the list shows it. */
export const containerImage = (item: ContainerSummary): string => plain(shortImage(item));

export const containerRow = (item: ContainerSummary): ContainerRow => ({
  pane: 'containers',
  id: item.Id,
  target: item.Id,
  name: containerName(item),
  item,
});

function containerRows({ lists, isAllShown }: ScreenState): ContainerRow[] {
  return lists.containers
    .filter(({ State }) => isAllShown || State === 'running' || State === 'paused' || State === 'restarting')
    .map(containerRow);
}

function buildRows(state: ScreenState, pane: ListPane): Row[] {
  const { lists } = state;
  switch (pane) {
    case 'containers':
      return sorted(containerRows(state), state.sorting, state.usage);
    case 'images':
      return lists.images.flatMap((item) => {
        const tags = item.RepoTags.length > 0 ? item.RepoTags : ['<none>:<none>'];
        return tags.map((tag) => {
          const target = item.RepoTags.length > 0 ? tag : item.Id;
          return { pane, id: `${item.Id} ${tag}`, target, name: plain(tag), item };
        });
      });
    case 'volumes':
      return lists.volumes.map((item) => ({
        pane,
        id: item.Name,
        target: item.Name,
        name: plain(item.Name),
        item,
      }));
    case 'networks':
      return lists.networks.map((item) => ({
        pane,
        id: item.Id,
        target: item.Id,
        name: plain(item.Name),
        item,
      }));
  }
}

/** What a filter is compared with. */
function searchText(row: Row): string {
  const own = row.pane === 'containers' ? `${row.item.Image} ${row.item.State} ${row.item.Status}` : '';
  return `${row.name} ${row.id.replace(/^sha256:/, '')} ${own}`.toLowerCase();
}

/** Every word of a filter must be found, or fit as `status=exited` does; a word with `!` before it must not. */
function matchesFilter(row: Row, filter: string): boolean {
  const text = searchText(row);
  const fits = (word: string) => fitsFilterWord(row, word) ?? text.includes(word);
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => (word.startsWith('!') && word.length > 1 ? !fits(word.slice(1)) : fits(word)));
}

interface Memo {
  list: unknown;
  isAllShown: boolean;
  sorting: unknown;
  usage: unknown;
  filter: string;
  rows: readonly Row[];
}

const memos = new Map<ListPane, Memo>();

/** The rows of a list after its filter. Computed again only when list or filter changed. */
export function rowsOf(state: ScreenState, pane: ListPane): readonly Row[] {
  const { filter } = state.views[pane];
  const memo = memos.get(pane);
  const list = state.lists[pane];
  const { isAllShown, sorting, usage } = state;
  const isSame =
    memo?.list === list &&
    memo.filter === filter &&
    memo.isAllShown === isAllShown &&
    memo.sorting === sorting &&
    memo.usage === usage;
  if (isSame) return memo.rows;
  const all = buildRows(state, pane);
  const rows = filter === '' ? all : all.filter((row) => matchesFilter(row, filter));
  memos.set(pane, { list, filter, isAllShown, sorting, usage, rows });
  return rows;
}

const listed = new WeakMap<object, ReadonlySet<string>>();

/** Ids of all rows of a list, those that are not shown too. */
function listedIds(state: ScreenState, pane: ListPane): ReadonlySet<string> {
  const list = state.lists[pane];
  const found =
    listed.get(list) ?? new Set(buildRows({ ...state, isAllShown: true }, pane).map(({ id }) => id));
  listed.set(list, found);
  return found;
}

/** Marks of rows that are still in the list. */
export function keptMarks(state: ScreenState, pane: ListPane): ReadonlySet<string> {
  const { marks } = state.views[pane];
  if (marks.size === 0) return marks;
  const ids = listedIds(state, pane);
  const kept = [...marks].filter((id) => ids.has(id));
  return kept.length === marks.size ? marks : new Set(kept);
}

/** True when the row that the cursor was last shown on is gone: what a key is meant for is not under the cursor. */
export function isCursorLost(state: ScreenState): boolean {
  const { cursorId } = state.views[state.listPane];
  const rows = rowsOf(state, state.listPane);
  return rows.length > 0 && cursorId !== undefined && rows.every(({ id }) => id !== cursorId);
}

/** Index of the cursor: where its row is now, or the nearest place when the row is gone. */
export function cursorOf(rows: readonly Row[], view: ListView): number {
  const at = rows.findIndex((row) => row.id === view.cursorId);
  return at >= 0 ? at : Math.max(0, Math.min(view.cursor, rows.length - 1));
}

/** The row under the cursor of the list that the details follow. */
export function currentRow(state: ScreenState): Row | undefined {
  const rows = rowsOf(state, state.listPane);
  return rows[cursorOf(rows, state.views[state.listPane])];
}

export function currentContainer(state: ScreenState): ContainerRow | undefined {
  const row = currentRow(state);
  return row?.pane === 'containers' ? row : undefined;
}

/** Marked rows of the current list, or the one under the cursor; none when all that is marked has gone or is hidden by the filter. */
export function chosenRows(state: ScreenState): readonly Row[] {
  const { marks } = state.views[state.listPane];
  if (marks.size > 0) return rowsOf(state, state.listPane).filter((row) => marks.has(row.id));
  const row = currentRow(state);
  return row === undefined ? [] : [row];
}

export const isListPane = (pane: string): pane is ListPane =>
  (LIST_PANES as readonly string[]).includes(pane);
