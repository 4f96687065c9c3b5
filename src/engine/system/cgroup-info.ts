/** What `info` says of control groups. Pure. */
import type { CgroupAbility, CgroupFacts } from '../runtime/cgroup-facts.ts';

/** What a machine should be able to limit, as Docker's warnings call it on v1 and v2. */
const MISSED: readonly (readonly [CgroupAbility, v1: string, v2?: string])[] = [
  ['memory', 'memory limit'],
  ['swap', 'swap limit'],
  ['kernel-memory-tcp', 'kernel memory TCP limit'],
  ['oom-kill-disable', 'oom kill disable'],
  ['cpu-cfs', 'cpu cfs quota'],
  ['cpu-cfs', 'cpu cfs period'],
  ['cpu-shares', 'cpu shares'],
  ['cpuset', 'cpuset'],
  ['read-bps', 'blkio throttle.read_bps_device', 'io.max (rbps)'],
  ['write-bps', 'blkio throttle.write_bps_device', 'io.max (wbps)'],
  ['read-iops', 'blkio throttle.read_iops_device', 'io.max (riops)'],
  ['write-iops', 'blkio throttle.write_iops_device', 'io.max (wiops)'],
];

/** moby daemon/info.go fillPlatformInfo */
export function cgroupInfo(abilities: CgroupFacts['abilities']): Record<string, boolean> {
  return {
    MemoryLimit: abilities.has('memory'),
    SwapLimit: abilities.has('swap'),
    KernelMemory: abilities.has('kernel-memory'),
    KernelMemoryTCP: abilities.has('kernel-memory-tcp'),
    CpuCfsPeriod: abilities.has('cpu-cfs'),
    CpuCfsQuota: abilities.has('cpu-cfs'),
    CPUShares: abilities.has('cpu-shares'),
    CPUSet: abilities.has('cpuset'),
    PidsLimit: abilities.has('pids'),
    OomKillDisable: abilities.has('oom-kill-disable'),
  };
}

/** Docker's words and order; what cgroup v2 has by design no more is not missed there. */
export function cgroupWarnings(abilities: CgroupFacts['abilities'], isV2: boolean): string[] {
  return MISSED.filter(([ability]) => !abilities.has(ability) && !(isV2 && ONLY_V1.includes(ability))).map(
    ([, v1, v2 = v1]) => `WARNING: No ${isV2 ? v2 : v1} support`,
  );
}

const ONLY_V1: readonly CgroupAbility[] = ['kernel-memory-tcp', 'oom-kill-disable'];
