/** One line per object of a list, for any width. */
import { bytesSize, humanSize } from '../../format/units.ts';
import {
  type ContainerRow,
  type ImageRow,
  type NetworkRow,
  plain,
  type Row,
  type VolumeRow,
} from '../state/rows.ts';
import { age } from '../widgets/ages.ts';
import { sparkline } from '../widgets/bar.ts';
import { fitMiddle, fitText } from '../widgets/fit.ts';
import { glyphs, theme } from '../widgets/theme.ts';
import { statusGlyph, statusPaint, statusText } from './container-status.ts';

/** What a row is drawn with, besides its object. */
export interface RowContext {
  width: number;
  isSelected: boolean;
  isMarked: boolean;
  isFocused: boolean;
  busy: string | undefined;
  nowSeconds: number;
  /** CPU in percent of one core, newest last; empty when nothing is known. */
  cpu: readonly number[];
  memoryBytes: number | undefined;
  /** Terminals of the container: open, open with news, or none. */
  badge: 'open' | 'news' | '';
}

type Paint = (text: string) => string;
const asIs: Paint = (text) => text;

/** A column: how wide, how coloured, what text. */
interface Column {
  text: string;
  width: number;
  paint?: Paint;
  align?: 'right';
  isName?: boolean;
}

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

function containerColumns(row: ContainerRow, context: RowContext): Column[] {
  const { item } = row;
  const { glyph, paint } = statusGlyph(item, context.busy);
  const room = context.width - 4;
  const hasCpu = room >= 40;
  const statusWidth = room >= 52 ? 14 : 11;
  const cpuWidth = room >= 56 ? 13 : hasCpu ? 6 : 0;
  const memoryWidth = room >= 62 ? 7 : 0;
  const rest = room - statusWidth - cpuWidth - (hasCpu ? 1 : 0) - (memoryWidth > 0 ? memoryWidth + 1 : 0);
  const imageWidth = rest >= 24 ? Math.floor(rest * 0.45) : 0;
  const usage = usageColumns(item.State, context, { cpuWidth, memoryWidth });
  // What uses nothing leaves its room to the status.
  const isQuiet = usage.every(({ text }) => text === '');
  const roomForStatus = statusWidth + (isQuiet ? usage.reduce((sum, { width }) => sum + 1 + width, 0) : 0);
  const status =
    context.busy === undefined
      ? statusText(plain(item.Status), roomForStatus, item.OOMKilled)
      : `${context.busy}…`;
  const nameWidth = rest - imageWidth - (imageWidth > 0 ? 1 : 0) - (context.badge === '' ? 0 : 2);
  const columns: Column[] = [
    { text: glyph, width: 1, paint },
    { text: row.name, width: nameWidth, isName: true },
  ];
  if (context.badge !== '')
    columns.push({ text: '»', width: 1, paint: context.badge === 'news' ? theme.yellow : theme.green });
  if (imageWidth > 0)
    columns.push({ text: plain(item.Image), width: imageWidth, paint: theme.dim, isName: true });
  columns.push({ text: status, width: roomForStatus, paint: statusPaint(item) });
  return isQuiet ? columns : [...columns, ...usage];
}

/** CPU and memory of a container, as far as there is room and something is known. */
function usageColumns(
  state: string,
  { cpu, memoryBytes }: RowContext,
  { cpuWidth, memoryWidth }: { cpuWidth: number; memoryWidth: number },
): Column[] {
  const columns: Column[] = [];
  const text = cpuText(state, cpu, cpuWidth);
  if (cpuWidth > 0) columns.push({ text, width: cpuWidth, paint: theme.cyan, align: 'right' });
  const memory =
    state === 'running' && memoryBytes !== undefined ? bytesSize(memoryBytes).replace('iB', '') : '';
  if (memoryWidth > 0) columns.push({ text: memory, width: memoryWidth, paint: theme.green, align: 'right' });
  return columns;
}

function cpuText(state: string, cpu: readonly number[], width: number): string {
  const last = cpu.at(-1);
  if (state !== 'running' || last === undefined) return '';
  const percent = last >= 99.95 ? `${Math.round(last)}%` : `${last.toFixed(1)}%`;
  if (width < 13) return percent;
  return `${sparkline(cpu, 6, Math.max(100, ...cpu.slice(-6)))} ${percent.padStart(6)}`;
}

function imageColumns({ name, item }: ImageRow, { width, nowSeconds, busy }: RowContext): Column[] {
  const [repository, tag] = splitTag(name);
  const room = width - 2;
  const columns: Column[] = [
    {
      text: item.Containers > 0 ? glyphs.running : glyphs.stopped,
      width: 1,
      paint: item.Containers > 0 ? theme.green : theme.dim,
    },
  ];
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

function volumeColumns({ name, item }: VolumeRow, { width, nowSeconds, busy }: RowContext): Column[] {
  const created = Date.parse(item.CreatedAt) / 1000;
  const note = busy === undefined ? (Number.isFinite(created) ? age(nowSeconds - created) : '') : `${busy}…`;
  return [
    { text: name, width: Math.max(4, width - 1 - 8 - 9), isName: true },
    { text: plain(item.Driver), width: 7, paint: theme.dim },
    { text: note, width: 8, paint: theme.dim, align: 'right' },
  ];
}

function networkColumns({ name, item }: NetworkRow, { width }: RowContext): Column[] {
  const subnet = item.IPAM?.Config?.[0]?.Subnet ?? '';
  const used = Object.keys(item.Containers ?? {}).length;
  const isWide = width >= 44;
  const columns: Column[] = [
    { text: name, width: Math.max(4, width - 1 - 8 - (isWide ? 20 + 4 : 0)), isName: true },
    { text: plain(item.Driver), width: 7, paint: theme.dim },
  ];
  if (isWide)
    columns.push(
      { text: plain(subnet), width: 18, paint: theme.dim },
      { text: used > 0 ? String(used) : '', width: 4, align: 'right' },
    );
  return columns;
}
