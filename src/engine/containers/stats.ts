/** Verb stats: one sample of a container's counters. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Context } from '../context.ts';
import type { ContainerStats } from '../types/containers.ts';
import { cgroupFolders, readCounters } from './cgroup.ts';
import { findContainer } from './records.ts';

let onlineCpus: number | undefined;

/**
 * Counters since the start. A container that does not run gives none (Docker shows zeros for it). The memory limit is the
 * machine's memory when there is none. Throws NOT_FOUND.
 */
export async function stats(ctx: Context, nameOrId: string): Promise<ContainerStats> {
  const { State, HostConfig } = findContainer(ctx, nameOrId);
  onlineCpus ??= cpus().length;
  const empty = { readAt: Date.now(), onlineCpus };
  const membership = State.Pid > 0 ? procFile(State.Pid, 'cgroup') : undefined;
  if (membership === undefined) return empty;
  const counters = readCounters(cgroupFolders(membership));
  // With the host's network the interfaces count the host's traffic: Docker shows none.
  const devices = HostConfig.NetworkMode === 'host' ? undefined : procFile(State.Pid, 'net/dev');
  const limit = Math.min(counters.memoryLimitBytes ?? Number.POSITIVE_INFINITY, totalmem());
  return { ...empty, ...counters, memoryLimitBytes: limit, ...networkCounters(devices) };
}

/** Sums /proc/PID/net/dev (proc(5)) over all interfaces but the loopback. */
export function networkCounters(
  devices: string | undefined,
): Pick<ContainerStats, 'netRxBytes' | 'netTxBytes'> {
  if (devices === undefined) return {};
  let netRxBytes = 0;
  let netTxBytes = 0;
  for (const line of devices.split('\n')) {
    const [, name, counters] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || counters === undefined || name === 'lo') continue;
    const columns = counters.split(/\s+/);
    netRxBytes += Number(columns[0]);
    netTxBytes += Number(columns[8]);
  }
  return { netRxBytes, netTxBytes };
}

function procFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined; // it ended between the record and here
  }
}
