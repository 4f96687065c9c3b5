/** One line per object of a list, for any width. */
import { humanSize } from '../../format/units.ts';
import { type ImageRow, type NetworkRow, plain, type Row, type VolumeRow } from '../state/rows.ts';
import { age } from '../widgets/ages.ts';
import { fitMiddle, fitText } from '../widgets/fit.ts';
import { glyphs, theme } from '../widgets/theme.ts';
import type { Column, Paint, RowContext } from './column.ts';
import { containerColumns } from './container-columns.ts';

const asIs: Paint = (text) => text;

export function rowLine(row: Row, context: RowContext): string {
  const columns = columnsOf(row, context);
  const parts = columns.map(({ text, width, align, isName, paint = asIs }) => {
    const fitted = isName === true ? fitMiddle(text, width) : fitText(text, width, align);
    return context.isSelected && context.isFocused ? fitted : paint(fitted);
  });
  const mark = context.isMarked ? glyphs.mark : ' ';
  const body = parts.join(' ');
  if (context.isSelected && context.isFocused)
    return theme.selected(fitText(`${mark}${body}`, context.width));
  const line = `${context.isMarked ? theme.yellow(mark) : mark}${body}`;
  return context.isSelected ? theme.bold(line) : line;
}

function columnsOf(row: Row, context: RowContext): Column[] {
  switch (row.pane) {
    case 'containers':
      return containerColumns(row, context);
    case 'images':
      return imageColumns(row, context);
    case 'volumes':
      return volumeColumns(row, context);
    case 'networks':
      return networkColumns(row, context);
  }
}

/** Left free before the border, where there is room. */
const margin = (width: number): number => (width >= 40 ? 1 : 0);

/** In use or not. */
const signOfUse = (users: number): Column => ({
  text: users > 0 ? glyphs.running : glyphs.stopped,
  width: 1,
  paint: users > 0 ? theme.green : theme.dim,
});

function imageColumns({ name, item }: ImageRow, { width, nowSeconds, busy }: RowContext): Column[] {
  const [repository, tag] = splitTag(name);
  const room = width - 2 - margin(width);
  const columns: Column[] = [signOfUse(item.Containers)];
  const isWide = room >= 52;
  const fixed = 8 + 1 + (isWide ? 13 + 5 : 0) + 2;
  const tagWidth = Math.min(16, Math.max(6, Math.floor((room - fixed) * 0.35)));
  columns.push({ text: repository, width: Math.max(4, room - fixed - tagWidth), isName: true });
  columns.push({ text: busy === undefined ? tag : `${busy}…`, width: tagWidth, paint: theme.cyan });
  if (isWide) {
    columns.push({ text: item.Id.replace(/^sha256:/, '').slice(0, 12), width: 12, paint: theme.dim });
    columns.push({
      text: item.Created > 0 ? age(nowSeconds - item.Created) : '',
      width: 4,
      paint: theme.dim,
      align: 'right',
    });
  }
  columns.push({ text: humanSize(item.Size, 3), width: 8, align: 'right' });
  return columns;
}

/** 'localhost:5000/a:1' → ['localhost:5000/a', '1']. */
function splitTag(name: string): [string, string] {
  const at = name.lastIndexOf(':');
  return at > name.lastIndexOf('/') ? [name.slice(0, at), name.slice(at + 1)] : [name, ''];
}

function volumeColumns({ name, item }: VolumeRow, context: RowContext): Column[] {
  const { width, nowSeconds, busy, users } = context;
  const created = Date.parse(item.CreatedAt) / 1000;
  const note = busy === undefined ? (Number.isFinite(created) ? age(nowSeconds - created) : '') : `${busy}…`;
  const noteWidth = busy === undefined ? 4 : 9;
  return [
    signOfUse(users),
    { text: name, width: Math.max(4, width - 4 - 8 - noteWidth - margin(width)), isName: true },
    { text: plain(item.Driver), width: 7, paint: theme.dim },
    { text: note, width: noteWidth, paint: theme.dim, align: 'right' },
  ];
}

function networkColumns({ name, item }: NetworkRow, { width, busy }: RowContext): Column[] {
  const subnet = item.IPAM?.Config?.[0]?.Subnet ?? '';
  const used = Object.keys(item.Containers ?? {}).length;
  const isWide = width >= 44;
  const columns: Column[] = [
    signOfUse(used),
    { text: name, width: Math.max(4, width - 4 - 7 - (isWide ? 19 : 0) - margin(width)), isName: true },
  ];
  if (isWide) columns.push({ text: plain(subnet), width: 18, paint: theme.dim });
  const note = busy === undefined ? plain(item.Driver) : `${busy}…`;
  return [...columns, { text: note, width: 7, paint: theme.dim, align: 'right' }];
}
