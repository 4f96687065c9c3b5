/** What `stats` gives. */

export interface ContainerSample {
  id: string;
  /** without the leading slash */
  name: string;
  isUp: boolean;
  stats: ContainerStats;
}

/** Raw counters since the container's start; undefined = the kernel gives nothing. */
export interface ContainerStats {
  /** milliseconds since 1970 at this process's start, counted on without jumps; with fractions */
  readAt: number;
  cpuNs?: number;
  onlineCpus: number;
  memoryBytes?: number;
  memoryLimitBytes?: number;
  pids?: number;
  netRxBytes?: number;
  netTxBytes?: number;
  blkReadBytes?: number;
  blkWriteBytes?: number;
}
