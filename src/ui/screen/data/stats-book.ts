/** Samples of running containers: rates and histories for lists, the stats tab and charts. */
import type { ContainerStats } from '../../../engine/index.ts';
import { percentText } from '../widgets/bar.ts';
import { compactBytes } from '../widgets/compact.ts';

/** Samples kept per container. */
const HISTORY = 120;

/** What two samples tell. Undefined = the kernel gives nothing. */
export interface StatsPoint {
  /** milliseconds since 1970 */
  at: number;
  /** percent of one core, Docker's formula */
  cpu: number | undefined;
  memoryBytes: number | undefined;
  memoryLimitBytes: number | undefined;
  pids: number | undefined;
  /** bytes per second */
  rxRate: number | undefined;
  txRate: number | undefined;
  readRate: number | undefined;
  writeRate: number | undefined;
  raw: ContainerStats;
}

/** Less than this, in percent of a core, is next to nothing. */
const QUIET_CPU = 0.5;
/** After so many quiet samples a container is quiet; after some more the list's sparkline says so too. */
const QUIET_SAMPLES = 3;
const STEADY_SAMPLES = 8;

interface Entry {
  points: StatsPoint[];
  /** percent of one core, oldest first */
  cpu: number[];
  /** Quiet samples at the end. */
  quiet: number;
}

export class StatsBook {
  #entries = new Map<string, Entry>();

  /** bytes, at the last sample */
  memoryOf = (id: string): number | undefined => this.#entries.get(id)?.points.at(-1)?.memoryBytes;

  /** True when the list looks different with it. */
  add(id: string, raw: ContainerStats): boolean {
    const entry = this.#entries.get(id) ?? { points: [], cpu: [], quiet: 0 };
    this.#entries.set(id, entry);
    const last = entry.points.at(-1);
    if (last !== undefined && raw.readAt <= last.raw.readAt) return false;
    const point = pointOf(raw, last?.raw);
    entry.points.push(point);
    if (entry.points.length > HISTORY) entry.points.shift();
    if (point.cpu !== undefined) entry.cpu.push(point.cpu);
    if (entry.cpu.length > HISTORY) entry.cpu.shift();
    entry.quiet = point.cpu !== undefined && point.cpu < QUIET_CPU ? entry.quiet + 1 : 0;
    return entry.quiet <= STEADY_SAMPLES || looksOf(point) !== looksOf(last);
  }

  pointsOf = (id: string): readonly StatsPoint[] => this.#entries.get(id)?.points ?? [];

  cpuOf = (id: string): readonly number[] => this.#entries.get(id)?.cpu ?? [];

  /** True for a container that has used next to nothing for some samples. */
  isQuiet = (id: string): boolean => (this.#entries.get(id)?.quiet ?? 0) >= QUIET_SAMPLES;

  /** Forgets all but these containers. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#entries.keys()) if (!ids.has(id)) this.#entries.delete(id);
  }
}

/** The figures as the list shows them. */
const looksOf = (point: StatsPoint | undefined): string =>
  point === undefined ? '' : `${percentText(point.cpu, 1)} ${compactBytes(point.memoryBytes)}`;

function pointOf(raw: ContainerStats, last: ContainerStats | undefined): StatsPoint {
  const elapsedMs = last === undefined ? 0 : raw.readAt - last.readAt;
  const rate = (now: number | undefined, before: number | undefined): number | undefined =>
    now === undefined || before === undefined || elapsedMs <= 0
      ? undefined
      : Math.max(0, ((now - before) * 1000) / elapsedMs);
  const cpuNsRate = rate(raw.cpuNs, last?.cpuNs);
  return {
    at: raw.readAt,
    cpu: cpuNsRate === undefined ? undefined : cpuNsRate / 1e7,
    memoryBytes: raw.memoryBytes,
    memoryLimitBytes: raw.memoryLimitBytes,
    pids: raw.pids,
    rxRate: rate(raw.netRxBytes, last?.netRxBytes),
    txRate: rate(raw.netTxBytes, last?.netTxBytes),
    readRate: rate(raw.blkReadBytes, last?.blkReadBytes),
    writeRate: rate(raw.blkWriteBytes, last?.blkWriteBytes),
    raw,
  };
}
