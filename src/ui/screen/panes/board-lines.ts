/** The table of what containers use, as lines: figures, bars and histories, for any width. Pure. */
import type { StatsPoint } from '../data/stats-book.ts';
import type { ContainerRow } from '../state/rows.ts';
import { BOARD_KEYS, type StatsBoard } from '../state/types.ts';
import { meter, percentText, sparkline } from '../widgets/bar.ts';
import { compactBytes } from '../widgets/compact.ts';
import { fitMiddle, fitText } from '../widgets/fit.ts';
import { glyphs, theme } from '../widgets/theme.ts';
import type { Paint } from './column.ts';
import { statusGlyph, statusPaint, statusText } from './container-status.ts';

export interface BoardEntry {
  row: ContainerRow;
  points: readonly StatsPoint[];
  busy: string | undefined;
}

export interface BoardOptions {
  board: StatsBoard;
  /** Index of the row under the cursor. */
  cursor: number;
  width: number;
  height: number;
  /** The whole machine's, bytes. */
  machineMemory: number;
}

/** Cells of the columns; 0 = not shown. */
interface Widths {
  name: number;
  bar: number;
  network: number;
  disk: number;
  history: number;
}

const PERCENT = 6;
const MEMORY = 11;
const PIDS = 5;
const RATES = 13;
const MAX_BAR = 20;

/** Name, CPU, memory and processes are always there; then come bars, network, disk, longer bars and the history. */
function widthsOf(width: number, longest: number): Widths {
  const always = 3 + (PERCENT + 1) + (MEMORY + 1) + PIDS;
  const name = Math.max(4, Math.min(longest, 28, Math.floor(width * 0.3), width - always));
  let left = width - always - name;
  const take = (cells: number, keep: number): number => {
    if (left - cells - 1 < keep) return 0;
    left -= cells + 1;
    return cells;
  };
  const network = take(RATES, 12);
  const disk = take(RATES, 16);
  const bars = Math.min(MAX_BAR, Math.floor(left / 2) - 1);
  const barWidth = bars >= 4 ? bars : 0;
  if (barWidth > 0) left -= 2 * (barWidth + 1);
  const history = left >= 12 ? left - 1 : 0;
  return { name, bar: barWidth, network, disk, history };
}

/** Heading and rows around the cursor, `height` lines at most. */
export function boardLines(entries: readonly BoardEntry[], options: BoardOptions): string[] {
  const { board, cursor, height } = options;
  const longest = Math.max(8, ...entries.map(({ row }) => row.name.length));
  const widths = widthsOf(options.width, longest);
  if (entries.length === 0) return [heading(board, widths), theme.dim('  no container runs')];
  const room = Math.max(1, height - 1);
  const top = Math.max(0, Math.min(cursor - Math.floor(room / 2), entries.length - room));
  // One scale for all, so that bars can be compared: a core, or the busiest.
  const scale = Math.max(100, ...entries.map(({ points }) => points.at(-1)?.cpu ?? 0));
  const shown = entries.slice(top, top + room);
  const lines = shown.map((entry, index) => {
    const isSelected = top + index === cursor;
    const line = entryLine(entry, { ...options, widths, scale, isPlain: isSelected });
    return isSelected ? theme.selected(fitText(line, options.width)) : line;
  });
  return [heading(board, widths), ...lines];
}

function heading({ key, isReversed }: StatsBoard, widths: Widths): string {
  const title = (of: StatsBoard['key'], width: number, align: 'left' | 'right' = 'right') => {
    const isKey = of === key;
    const falls = of === 'name' ? isReversed : !isReversed;
    const text = fitText(`${BOARD_KEYS[of]}${isKey ? (falls ? '↓' : '↑') : ''}`, width, align);
    return isKey ? theme.cyan(theme.bold(text)) : theme.bold(text);
  };
  const barWidth = widths.bar === 0 ? 0 : widths.bar + 1;
  const parts = [
    `  ${title('name', widths.name, 'left')}`,
    title('cpu', barWidth + PERCENT),
    title('memory', barWidth + MEMORY),
  ];
  if (widths.network > 0) parts.push(title('network', widths.network));
  if (widths.disk > 0) parts.push(title('disk', widths.disk));
  parts.push(title('pids', PIDS));
  if (widths.history > 0) parts.push(theme.bold('CPU HISTORY'));
  return parts.join(' ');
}

interface LineOptions extends BoardOptions {
  widths: Widths;
  scale: number;
  /** Under the cursor: no colours of its own. */
  isPlain: boolean;
}

function entryLine({ row, points, busy }: BoardEntry, options: LineOptions): string {
  const { widths, scale, isPlain, width } = options;
  const asIs: Paint = (text) => text;
  const paint = (own: Paint): Paint => (isPlain ? asIs : own);
  const { glyph, paint: signPaint } = statusGlyph(row.item, busy);
  const head = `${paint(signPaint)(glyph)} ${fitMiddle(row.name, widths.name)}`;
  const last = points.at(-1);
  const isUp = row.item.State === 'running' || row.item.State === 'paused';
  if (!isUp || last === undefined) {
    const text = isUp
      ? 'measuring…'
      : statusText(row.item.Status, width - widths.name - 3, row.item.OOMKilled);
    return `${head} ${paint(statusPaint(row.item))(text)}`;
  }
  const parts = [head, cpuCell(last, widths, scale, paint), memoryCell(last, widths, options, paint)];
  if (widths.network > 0) parts.push(ratesCell(last.rxRate, last.txRate, widths.network));
  if (widths.disk > 0) parts.push(ratesCell(last.readRate, last.writeRate, widths.disk));
  parts.push(fitText(last.pids === undefined ? 'n/a' : String(last.pids), PIDS, 'right'));
  if (widths.history > 0) {
    const values = points.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
    parts.push(paint(theme.cyan)(sparkline(values, widths.history, Math.max(10, ...values))));
  }
  return parts.join(' ');
}

type Painter = (own: Paint) => Paint;

function cpuCell({ cpu }: StatsPoint, widths: Widths, scale: number, paint: Painter): string {
  const text = fitText(cpu === undefined ? '…' : percentText(cpu, 1), PERCENT, 'right');
  const share = (cpu ?? 0) / scale;
  const colour = paint(loadPaint((cpu ?? 0) / 100));
  return widths.bar === 0 ? colour(text) : `${colour(meter(share, widths.bar))} ${text}`;
}

/** '30M/64M'; the bar is the share of the limit. */
function memoryCell(
  { memoryBytes, memoryLimitBytes }: StatsPoint,
  widths: Widths,
  { machineMemory }: BoardOptions,
  paint: Painter,
): string {
  if (memoryBytes === undefined)
    return fitText('n/a', MEMORY + (widths.bar > 0 ? widths.bar + 1 : 0), 'right');
  const limit = memoryLimitBytes ?? machineMemory;
  const share = limit > 0 ? memoryBytes / limit : 0;
  const text = fitText(`${compactBytes(memoryBytes)}/${compactBytes(limit)}`, MEMORY, 'right');
  const colour = paint(loadPaint(share));
  return widths.bar === 0 ? colour(text) : `${colour(meter(share, widths.bar))} ${text}`;
}

/** Bytes per second, in and out. */
function ratesCell(first: number | undefined, second: number | undefined, width: number): string {
  const one = (rate: number | undefined) => (rate === undefined ? '–' : compactBytes(rate));
  return fitText(
    first === undefined && second === undefined ? 'n/a' : `${one(first)} / ${one(second)}`,
    width,
    'right',
  );
}

const loadPaint = (share: number): Paint =>
  share >= 0.9 ? theme.red : share >= 0.6 ? theme.yellow : theme.green;

/** '10 running · CPU 21.3% · memory 34M' of the rows that are shown. */
export function boardTotals(entries: readonly BoardEntry[]): string {
  const last = entries.flatMap(({ points }) => points.at(-1) ?? []);
  const sum = (values: readonly (number | undefined)[]) =>
    values.reduce<number>((all, one) => all + (one ?? 0), 0);
  const running = entries.filter(({ row }) => row.item.State === 'running').length;
  const cpu = percentText(sum(last.map((point) => point.cpu)), 1);
  const memory = compactBytes(sum(last.map(({ memoryBytes }) => memoryBytes)));
  return `${glyphs.running} ${running} running · CPU ${cpu} · memory ${memory}`;
}
