/** What this machine's control groups can limit, on cgroup v1 (also hybrid) and v2: Docker's sysinfo from the kernel's files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type CgroupAbility =
  | 'memory'
  | 'swap'
  | 'reservation'
  | 'swappiness'
  | 'kernel-memory'
  | 'kernel-memory-tcp'
  | 'oom-kill-disable'
  | 'cpu-shares'
  | 'cpu-cfs'
  | 'cpu-realtime'
  | 'cpuset'
  | 'pids'
  | 'blkio-weight'
  | 'blkio-weight-device'
  | 'read-bps'
  | 'write-bps'
  | 'read-iops'
  | 'write-iops';

export interface CgroupFacts {
  abilities: ReadonlySet<CgroupAbility>;
  /** CPUs and memory nodes there are, as '0-3,8'; '' without cpusets */
  cpus: string;
  mems: string;
}

/** The file whose presence tells (Documentation/admin-guide/cgroup-v1). */
const V1: Readonly<Record<CgroupAbility, readonly string[]>> = {
  memory: ['memory/memory.limit_in_bytes'],
  swap: ['memory/memory.memsw.limit_in_bytes'],
  reservation: ['memory/memory.soft_limit_in_bytes'],
  swappiness: ['memory/memory.swappiness'],
  'kernel-memory': ['memory/memory.kmem.limit_in_bytes'],
  'kernel-memory-tcp': ['memory/memory.kmem.tcp.limit_in_bytes'],
  'oom-kill-disable': ['memory/memory.oom_control'],
  'cpu-shares': ['cpu/cpu.shares'],
  'cpu-cfs': ['cpu/cpu.cfs_quota_us'],
  'cpu-realtime': ['cpu/cpu.rt_period_us'],
  cpuset: ['cpuset/cpuset.cpus'],
  pids: ['pids/cgroup.procs'],
  'blkio-weight': ['blkio/blkio.weight', 'blkio/blkio.bfq.weight'],
  'blkio-weight-device': ['blkio/blkio.weight_device', 'blkio/blkio.bfq.weight_device'],
  'read-bps': ['blkio/blkio.throttle.read_bps_device'],
  'write-bps': ['blkio/blkio.throttle.write_bps_device'],
  'read-iops': ['blkio/blkio.throttle.read_iops_device'],
  'write-iops': ['blkio/blkio.throttle.write_iops_device'],
};

/**
 * Ability → its controller, and the files of which a group has one when the kernel was built for it (cgroup-v2.rst). What is missing
 * here v2 doesn't have: swappiness, kernel memory, disabling the OOM killer, real-time groups.
 */
const V2: Readonly<Partial<Record<CgroupAbility, readonly [controller: string, ...files: string[]]>>> = {
  memory: ['memory'],
  swap: ['memory', 'memory.swap.max'],
  reservation: ['memory'],
  'cpu-shares': ['cpu'],
  'cpu-cfs': ['cpu', 'cpu.max'],
  cpuset: ['cpuset'],
  pids: ['pids'],
  'blkio-weight': ['io', 'io.weight', 'io.bfq.weight'],
  'blkio-weight-device': ['io', 'io.weight', 'io.bfq.weight'],
  'read-bps': ['io', 'io.max'],
  'write-bps': ['io', 'io.max'],
  'read-iops': ['io', 'io.max'],
  'write-iops': ['io', 'io.max'],
};

/** `root`: where control groups are mounted. */
export function readCgroupFacts(root = '/sys/fs/cgroup'): CgroupFacts {
  return existsSync(join(root, 'cgroup.controllers')) ? readV2(root) : readV1(root);
}

function readV1(root: string): CgroupFacts {
  const abilities = Object.entries(V1)
    .filter(([, files]) => files.some((file) => existsSync(join(root, file))))
    .map(([ability]) => ability as CgroupAbility);
  const list = (name: string) =>
    textOf(join(root, `cpuset/cpuset.effective_${name}`)) || textOf(join(root, `cpuset/cpuset.${name}`));
  return { abilities: new Set(abilities), cpus: list('cpus'), mems: list('mems') };
}

function readV2(root: string): CgroupFacts {
  const controllers = new Set(textOf(join(root, 'cgroup.controllers')).split(' '));
  const files = groupFiles(root);
  const abilities = Object.entries(V2).filter(([, [controller, ...wanted]]) => {
    if (!controllers.has(controller)) return false;
    // a group has a controller's files only where its parent hands the controller down: without one to look at, Docker trusts the kernel
    const isShown = [...files].some((file) => file.startsWith(`${controller}.`) && file !== 'io.stat');
    return wanted.length === 0 || !isShown || wanted.some((file) => files.has(file));
  });
  return {
    abilities: new Set(abilities.map(([ability]) => ability as CgroupAbility)),
    cpus: textOf(join(root, 'cpuset.cpus.effective')),
    mems: textOf(join(root, 'cpuset.mems.effective')),
  };
}

/** Files of the groups directly below the root; the root itself has no limits. */
function groupFiles(root: string): ReadonlySet<string> {
  const files = new Set<string>();
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    for (const name of namesIn(join(root, entry.name)))
      if (/^(memory\.swap\.max|memory\.max|cpu\.(max|weight)|io\.)/.test(name)) files.add(name);
  }
  return files;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the group was removed meanwhile
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return ''; // the controller is not there
  }
}
