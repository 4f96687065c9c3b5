/** The columns of a container in its list, for any width: what is told of it and how much room that gets. Pure. */
import { type ContainerRow, containerImage, plain } from '../state/rows.ts';
import { percentText, sparkline } from '../widgets/bar.ts';
import { compactBytes } from '../widgets/compact.ts';
import { theme } from '../widgets/theme.ts';
import type { Column, RowContext } from './column.ts';
import { statusGlyph, statusPaint, statusText } from './container-status.ts';

/** Cells of each column; 0 = not shown. Between columns is one blank. */
interface Widths {
  name: number;
  image: number;
  status: number;
  /** Of its own only where there is room; else a percentage stands at the end of the status. */
  cpu: number;
  spark: number;
  memory: number;
  ports: number;
}

const MEMORY = 5;
const PERCENT = 6;
const SPARK = 6;
const MIN_SPARK = 3;
const MIN_NAME = 10;
/** Status and percentage in one: 'healthy 12%'. */
const JOINED = 12;

/** Columns come in this order as the list gets wider: name and state, memory, image, sparkline, a longer status, ports. */
function widthsOf(room: number, { name: longest, image: longestImage }: RowContext['needs']): Widths {
  const isJoined = room < 56;
  const memory = room >= 34 ? MEMORY : 0;
  const spark = isJoined ? 0 : SPARK;
  const cpu = isJoined ? 0 : PERCENT;
  const status = isJoined ? JOINED : room >= 68 ? 14 : 11;
  const ports = room >= 86 ? 16 : 0;
  const taken = [memory, spark, cpu, status, ports].reduce((sum, one) => sum + (one > 0 ? one + 1 : 0), 0);
  const rest = Math.max(MIN_NAME, room - taken);
  const hasImage = rest >= 22;
  const least = Math.floor(rest * 0.4);
  const image = hasImage ? Math.min(Math.max(7, longestImage), Math.max(rest - 1 - longest, least)) : 0;
  const name = hasImage ? rest - 1 - image : rest;
  // What short names leave is the sparkline's, which otherwise comes later.
  const spare = name - Math.max(MIN_NAME, longest) - 2;
  const early = spark === 0 && hasImage && spare >= MIN_SPARK ? Math.min(SPARK, spare) : 0;
  return {
    name: early > 0 ? name - early - 1 : name,
    image,
    status,
    cpu,
    spark: spark + early,
    memory,
    ports,
  };
}

export function containerColumns(row: ContainerRow, context: RowContext): Column[] {
  const { item } = row;
  const { glyph, paint } = statusGlyph(item, context.busy);
  const isBadged = context.badge !== '';
  const widths = widthsOf(context.width - 3 - (context.width >= 40 ? 1 : 0), context.needs);
  const columns: Column[] = [
    { text: glyph, width: 1, paint },
    { text: row.name, width: widths.name - (isBadged ? 2 : 0), isName: true },
  ];
  if (isBadged)
    columns.push({ text: '»', width: 1, paint: context.badge === 'news' ? theme.yellow : theme.green });
  if (widths.image > 0)
    columns.push({ text: containerImage(item), width: widths.image, paint: theme.dim, isName: true });
  columns.push(...stateColumns(row, context, widths));
  if (widths.ports > 0)
    columns.push({ text: publishedPorts(item.Ports), width: widths.ports, paint: theme.dim });
  return columns;
}

/** Status, CPU and memory; what uses nothing leaves the room of these to the status. */
function stateColumns({ item }: ContainerRow, context: RowContext, widths: Widths): Column[] {
  const last = item.State === 'running' ? context.cpu.at(-1) : undefined;
  const memory = item.State === 'running' ? context.memoryBytes : undefined;
  const isQuiet = last === undefined && memory === undefined;
  const usage: Column[] = [
    { text: sparkText(context.cpu, widths.spark), width: widths.spark, paint: theme.cyan },
    { text: percentText(last, 1), width: widths.cpu, paint: theme.cyan, align: 'right' },
    { text: compactBytes(memory), width: widths.memory, paint: theme.green, align: 'right' },
  ];
  const shown = usage.filter(({ width }) => width > 0);
  const width = widths.status + (isQuiet ? shown.reduce((sum, one) => sum + 1 + one.width, 0) : 0);
  const percent = widths.cpu === 0 && context.busy === undefined ? percentText(last, 0) : '';
  const text = context.busy === undefined ? statusOf(item, width, percent) : `${context.busy}…`;
  const status = { text, width, paint: statusPaint(item) };
  return isQuiet ? [status] : [status, ...shown];
}

/** The status, with the percentage at the right end of its cell when there is room for both. */
function statusOf(item: ContainerRow['item'], width: number, percent: string): string {
  const status = plain(item.Status);
  const beside = width - percent.length - 1;
  const text = statusText(status, beside, item.OOMKilled);
  if (percent === '' || text.length > beside) return statusText(status, width, item.OOMKilled);
  return `${text.padEnd(beside)} ${percent}`;
}

const sparkText = (cpu: readonly number[], width: number): string =>
  width > 0 ? sparkline(cpu, width, Math.max(100, ...cpu.slice(-width))) : '';

/** '8080→80 9000-9002→9000-9002' without addresses; ports that are not published are left out. */
function publishedPorts(ports: ContainerRow['item']['Ports']): string {
  const pairs = (ports ?? []).flatMap(({ PublicPort, PrivatePort }) =>
    PublicPort === undefined ? [] : [`${PublicPort}→${PrivatePort}`],
  );
  return [...new Set(pairs)].join(' ');
}
