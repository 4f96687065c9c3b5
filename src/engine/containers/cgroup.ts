/** Counters of a process's control groups: cgroup v1 (also the hybrid layout) and v2, read straight from the kernel's files. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

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
    // outside our cgroup namespace, or back in the root group: a process that has ended and is not waited for yet
    if (path === undefined || path === '/' || path.split('/').includes('..')) return undefined;
    return join(root, isV2 ? '' : controller, path);
  };
  return { isV2, of };
}

/** The counters' files of one group: found once, read at every sample. Missing = the controller gives nothing. */
export interface CounterFiles {
  isV2: boolean;
  cpu?: string | undefined;
  memory?: string | undefined;
  memoryStat?: string | undefined;
  memoryLimit?: string | undefined;
  pids?: string | undefined;
  io?: string | undefined;
}

export function counterFiles({ isV2, of }: CgroupFolders): CounterFiles {
  const file = (controller: string, ...names: string[]) => {
    const folder = of(isV2 ? '' : controller);
    return folder === undefined
      ? undefined
      : names.map((name) => join(folder, name)).find((path) => existsSync(path));
  };
  if (isV2)
    return {
      isV2,
      cpu: file('', 'cpu.stat'),
      memory: file('', 'memory.current'),
      memoryStat: file('', 'memory.stat'),
      memoryLimit: file('', 'memory.max'),
      pids: file('', 'pids.current'),
      io: file('', 'io.stat'),
    };
  return {
    isV2,
    cpu: file('cpuacct', 'cpuacct.usage'),
    memory: file('memory', 'memory.usage_in_bytes'),
    memoryStat: file('memory', 'memory.stat'),
    memoryLimit: file('memory', 'memory.limit_in_bytes'),
    pids: file('pids', 'pids.current'),
    io: file('blkio', 'blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes'),
  };
}

/** Documentation/admin-guide/cgroup-v1/{cpuacct,memory,pids,blkio-controller}.rst and cgroup-v2.rst */
export function readCounters(files: CounterFiles): CgroupCounters {
  const cpu = text(files.cpu);
  const limit = number(text(files.memoryLimit));
  const usec = files.isV2 ? field(cpu, 'usage_usec') : undefined;
  return {
    cpuNs: files.isV2 ? usec && usec * 1000 : number(cpu),
    memoryBytes: withoutCache(
      number(text(files.memory)),
      field(text(files.memoryStat), files.isV2 ? 'inactive_file' : 'total_inactive_file'),
    ),
    memoryLimitBytes: limit !== undefined && limit < V1_UNLIMITED ? limit : undefined,
    pids: number(text(files.pids)),
    ...(files.isV2 ? ioV2(text(files.io)) : blkioV1(text(files.io))),
  };
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

/** The number behind a key at a line's begin. */
function field(lines: string | undefined, key: string): number | undefined {
  if (lines === undefined) return undefined;
  const at = lines.startsWith(`${key} `) ? 0 : lines.indexOf(`\n${key} `) + 1;
  if (at === 0 && !lines.startsWith(`${key} `)) return undefined;
  const start = at + key.length + 1;
  const end = lines.indexOf('\n', start);
  return number(lines.slice(start, end < 0 ? undefined : end));
}

function number(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+\s*$/.test(value) ? Number(value) : undefined;
}

/** Kernel files never block and are small: reading them at once is the cheapest. */
function text(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readKernelFile(file);
  } catch {
    return undefined; // the group is gone: the kernel gives nothing
  }
}
