/** Samples of running containers: rates and histories for lists, the stats tab and charts. */
import type { ContainerStats } from '../../../engine/index.ts';

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

export class StatsBook {
  #points = new Map<string, StatsPoint[]>();
  #cpu = new Map<string, number[]>();

  /** bytes, at the last sample */
  memoryOf = (id: string): number | undefined => this.#points.get(id)?.at(-1)?.memoryBytes;

  add(id: string, raw: ContainerStats): void {
    const points = this.#points.get(id) ?? [];
    const last = points.at(-1)?.raw;
    if (last !== undefined && raw.readAt <= last.readAt) return;
    points.push(pointOf(raw, last));
    if (points.length > HISTORY) points.shift();
    this.#points.set(id, points);
    this.#cpu.set(
      id,
      points.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu])),
    );
  }

  pointsOf = (id: string): readonly StatsPoint[] => this.#points.get(id) ?? [];

  cpuOf = (id: string): readonly number[] => this.#cpu.get(id) ?? [];

  /** Forgets all but these containers. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#points.keys()) {
      if (ids.has(id)) continue;
      this.#points.delete(id);
      this.#cpu.delete(id);
    }
  }
}

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
