/** Counters of a process's control groups: cgroup v1 (also the hybrid layout) and v2, read straight from the kernel's files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Undefined = the kernel gives nothing. */
export interface CgroupCounters {
  cpuNs?: number;
  /** usage without the page cache that can be dropped, as Docker counts it */
  memoryBytes?: number;
  /** undefined = unlimited */
  memoryLimitBytes?: number;
  pids?: number;
  blkReadBytes?: number;
  blkWriteBytes?: number;
}

/** Where a process's groups lie: one folder for all controllers (v2) or one per controller (v1). */
export interface CgroupFolders {
  isV2: boolean;
  /** folder of a controller ('' on v2, which has one tree) */
  of(controller: string): string | undefined;
}

/** v1 writes this when there is no limit: the largest multiple of the page size. */
const V1_UNLIMITED = 0x7ffffffffffff000;

/**
 * Reads /proc/PID/cgroup (cgroups(7)): 'N:cpu,cpuacct:/path' per v1 hierarchy, '0::/path' for v2.
 * `membership` is that file's text, `root` the place where control groups are mounted.
 */
export function cgroupFolders(membership: string, root = '/sys/fs/cgroup'): CgroupFolders {
  const paths = new Map<string, string>();
  for (const line of membership.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const name of controllers.split(',')) paths.set(name, path);
  }
  const isV2 = existsSync(join(root, 'cgroup.controllers'));
  const of = (controller: string) => {
    const path = paths.get(isV2 ? '' : controller);
    if (path === undefined || path.split('/').includes('..')) return undefined; // outside our cgroup namespace
    return join(root, isV2 ? '' : controller, path);
  };
  return { isV2, of };
}

export function readCounters(folders: CgroupFolders): CgroupCounters {
  return folders.isV2 ? readV2(folders.of('')) : readV1(folders);
}

/** Ids of all processes in the group and the groups below it, ascending. */
export function cgroupProcesses(folders: CgroupFolders): number[] {
  const top = folders.isV2
    ? folders.of('')
    : (folders.of('pids') ?? folders.of('memory') ?? folders.of('devices'));
  const pids = new Set<number>();
  if (top !== undefined) collectProcesses(top, pids);
  return [...pids].sort((a, b) => a - b);
}

function collectProcesses(folder: string, pids: Set<number>): void {
  for (const pid of text(join(folder, 'cgroup.procs'))?.split('\n') ?? [])
    if (pid !== '') pids.add(Number(pid));
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) collectProcesses(join(folder, entry.name), pids);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // the group was removed meanwhile
  }
}

/** Documentation/admin-guide/cgroup-v1/{cpuacct,memory,pids,blkio-controller}.rst */
function readV1(folders: CgroupFolders): CgroupCounters {
  const file = (controller: string, name: string) => {
    const folder = folders.of(controller);
    return folder === undefined ? undefined : text(join(folder, name));
  };
  const limit = number(file('memory', 'memory.limit_in_bytes'));
  return {
    cpuNs: number(file('cpuacct', 'cpuacct.usage')),
    memoryBytes: withoutCache(
      number(file('memory', 'memory.usage_in_bytes')),
      field(file('memory', 'memory.stat'), 'total_inactive_file'),
    ),
    memoryLimitBytes: limit !== undefined && limit < V1_UNLIMITED ? limit : undefined,
    pids: number(file('pids', 'pids.current')),
    ...blkioV1(
      file('blkio', 'blkio.throttle.io_service_bytes_recursive') ??
        file('blkio', 'blkio.throttle.io_service_bytes'),
    ),
  };
}

/** Lines '8:0 Read 4096'. */
function blkioV1(lines: string | undefined): CgroupCounters {
  if (lines === undefined) return {};
  const sum = (operation: string) =>
    [...lines.matchAll(new RegExp(`^\\d+:\\d+ ${operation} (\\d+)$`, 'gm'))].reduce(
      (bytes, [, n]) => bytes + Number(n),
      0,
    );
  return { blkReadBytes: sum('Read'), blkWriteBytes: sum('Write') };
}

/** Documentation/admin-guide/cgroup-v2.rst */
function readV2(folder: string | undefined): CgroupCounters {
  if (folder === undefined) return {};
  const file = (name: string) => text(join(folder, name));
  const usec = field(file('cpu.stat'), 'usage_usec');
  return {
    cpuNs: usec === undefined ? undefined : usec * 1000,
    memoryBytes: withoutCache(number(file('memory.current')), field(file('memory.stat'), 'inactive_file')),
    memoryLimitBytes: number(file('memory.max')),
    pids: number(file('pids.current')),
    ...ioV2(file('io.stat')),
  };
}

/** Lines '8:0 rbytes=4096 wbytes=0 rios=1 …'. */
function ioV2(lines: string | undefined): CgroupCounters {
  if (lines === undefined) return {};
  const sum = (key: string) =>
    [...lines.matchAll(new RegExp(`\\b${key}=(\\d+)`, 'g'))].reduce((bytes, [, n]) => bytes + Number(n), 0);
  return { blkReadBytes: sum('rbytes'), blkWriteBytes: sum('wbytes') };
}

/** Docker's rule (calculateMemUsageUnixNoCache): never below zero. */
function withoutCache(usage: number | undefined, inactive = 0): number | undefined {
  return usage !== undefined && inactive < usage ? usage - inactive : usage;
}

function field(lines: string | undefined, key: string): number | undefined {
  return number(new RegExp(`^${key} (\\d+)$`, 'm').exec(lines ?? '')?.[1]);
}

function number(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+\s*$/.test(value) ? Number(value) : undefined;
}

/** Kernel files never block and are small: reading them at once is the cheapest. */
function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // controller not enabled, or the group is gone: the kernel gives nothing
  }
}
