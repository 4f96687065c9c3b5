/** The stats tab in characters: numbers and histories. */
import { bytesSize, humanSize } from '../../format/units.ts';
import type { StatsPoint } from '../data/stats-book.ts';
import { bar, sparkline } from '../widgets/bar.ts';
import { theme } from '../widgets/theme.ts';

const NONE = 'n/a';

/** Lines for a container's samples; a hint when there are none yet. */
export function statsLines(points: readonly StatsPoint[], width: number, isRunning: boolean): string[] {
  const last = points.at(-1);
  if (!isRunning) return [theme.dim(' not running')];
  if (last === undefined) return [theme.dim(' measuring…')];
  const room = Math.max(8, width - 4);
  const cpu = points.flatMap((point) => (point.cpu === undefined ? [] : [point.cpu]));
  const memory = points.flatMap((point) => (point.memoryBytes === undefined ? [] : [point.memoryBytes]));
  const top = (values: readonly number[], least: number) => Math.max(least, ...values.slice(-room));
  return [
    '',
    row('CPU', last.cpu === undefined ? NONE : `${last.cpu.toFixed(2)} %`, theme.dim('of one core')),
    `  ${theme.cyan(sparkline(cpu, room, top(cpu, 10)))}`,
    '',
    row('Memory', size(last.memoryBytes, bytesSize), limitOf(last)),
    `  ${theme.green(sparkline(memory, room, top(memory, 1)))}`,
    ...limitBar(last, room),
    '',
    row(
      'Network',
      `${rate(last.rxRate)} in   ${rate(last.txRate)} out`,
      theme.dim(`total ${size(last.raw.netRxBytes, humanSize)} / ${size(last.raw.netTxBytes, humanSize)}`),
    ),
    `  ${theme.magenta(sparkline(ratesOf(points, 'rxRate'), room, top(ratesOf(points, 'rxRate'), 1)))}`,
    '',
    row(
      'Block I/O',
      `${rate(last.readRate)} read   ${rate(last.writeRate)} written`,
      theme.dim(
        `total ${size(last.raw.blkReadBytes, humanSize)} / ${size(last.raw.blkWriteBytes, humanSize)}`,
      ),
    ),
    '',
    row('Processes', last.pids === undefined ? NONE : String(last.pids), ''),
  ];
}

const row = (name: string, value: string, note: string): string =>
  `  ${theme.bold(name.padEnd(10))} ${value}  ${note}`;

function ratesOf(points: readonly StatsPoint[], key: 'rxRate'): number[] {
  return points.flatMap((point) => (point[key] === undefined ? [] : [point[key]]));
}

const size = (bytes: number | undefined, format: (bytes: number) => string): string =>
  bytes === undefined ? NONE : format(bytes);

const rate = (value: number | undefined): string =>
  value === undefined ? NONE : `${humanSize(Math.round(value), 3)}/s`;

function limitOf({ memoryLimitBytes, memoryBytes }: StatsPoint): string {
  if (memoryLimitBytes === undefined || memoryBytes === undefined) return '';
  return theme.dim(
    `of ${bytesSize(memoryLimitBytes)} (${((100 * memoryBytes) / memoryLimitBytes).toFixed(1)} %)`,
  );
}

function limitBar({ memoryBytes, memoryLimitBytes }: StatsPoint, room: number): string[] {
  if (memoryBytes === undefined || memoryLimitBytes === undefined || memoryLimitBytes <= 0) return [];
  return [`  ${theme.dim(bar(memoryBytes / memoryLimitBytes, room))}`];
}
