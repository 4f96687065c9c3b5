/** Resource limits of a container in OCI form, kept within what this process may give. Pure. */
import type { HostConfig } from '../types/config.ts';
import type { CgroupAbility } from './cgroup-facts.ts';
import type { HostFacts } from './host.ts';
import type { OciBlockIo, OciCpu, OciDeviceRule, OciMemory, OciResources, OciRlimit } from './oci-spec.ts';

const CPU_PERIOD_US = 100_000;
const NANO_PER_CPU = 1_000_000_000;

/** ulimit names of Docker → rlimit and its line in /proc/self/limits. */
const RLIMITS: Readonly<Record<string, readonly [type: string, procName: string]>> = {
  core: ['RLIMIT_CORE', 'Max core file size'],
  cpu: ['RLIMIT_CPU', 'Max cpu time'],
  data: ['RLIMIT_DATA', 'Max data size'],
  fsize: ['RLIMIT_FSIZE', 'Max file size'],
  locks: ['RLIMIT_LOCKS', 'Max file locks'],
  memlock: ['RLIMIT_MEMLOCK', 'Max locked memory'],
  msgqueue: ['RLIMIT_MSGQUEUE', 'Max msgqueue size'],
  nice: ['RLIMIT_NICE', 'Max nice priority'],
  nofile: ['RLIMIT_NOFILE', 'Max open files'],
  nproc: ['RLIMIT_NPROC', 'Max processes'],
  rss: ['RLIMIT_RSS', 'Max resident set'],
  rtprio: ['RLIMIT_RTPRIO', 'Max realtime priority'],
  rttime: ['RLIMIT_RTTIME', 'Max realtime timeout'],
  sigpending: ['RLIMIT_SIGPENDING', 'Max pending signals'],
  stack: ['RLIMIT_STACK', 'Max stack size'],
};

/** Names `--ulimit` knows. */
export const isUlimitName = (name: string): boolean => Object.hasOwn(RLIMITS, name);

/** Without CAP_SYS_RESOURCE a hard limit can't be raised: it is clamped, with a warning, instead of failing at start. */
export function resolveRlimits(
  ulimits: NonNullable<HostConfig['Ulimits']>,
  host: Pick<HostFacts, 'hardLimits' | 'canRaiseLimits'>,
): { rlimits: OciRlimit[]; warnings: string[] } {
  const warnings: string[] = [];
  const rlimits = ulimits.map(({ Name, Soft, Hard }) => {
    const [type, procName] = RLIMITS[Name]!;
    const ours = host.canRaiseLimits
      ? Number.POSITIVE_INFINITY
      : (host.hardLimits.get(procName) ?? Number.POSITIVE_INFINITY);
    const wanted = Math.max(unlimited(Soft), unlimited(Hard));
    if (wanted > ours) warnings.push(`ulimit ${Name} was lowered to ${ours}: this process may not give more`);
    return {
      type,
      soft: finite(Math.min(unlimited(Soft), ours)),
      hard: finite(Math.min(unlimited(Hard), ours)),
    };
  });
  return { rlimits, warnings };
}

const unlimited = (value: number): number => (value < 0 ? Number.POSITIVE_INFINITY : value);

/** RLIM_INFINITY; JSON has no 64-bit integers of full precision, the nearest double is read back as 2⁶⁴−1 by neither runtime. */
const finite = (value: number): number =>
  value === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : value;

/** The devices a container may use beside what it asks for: null, zero, full, random, urandom, tty, console. */
const DEVICE_RULES: readonly OciDeviceRule[] = [
  { allow: false, access: 'rwm' },
  ...[
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 1],
  ].map(([major, minor]) => ({
    allow: true,
    type: 'c',
    major: major!,
    minor: minor!,
    access: 'rwm',
  })),
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
];

/** Docker's units to OCI's (moby daemon/oci_linux.go). Limits of 0 are "none". `blockIo`: limits of devices, by their numbers. */
export function resolveResources(
  config: HostConfig,
  given: { deviceRules: readonly OciDeviceRule[]; blockIo?: OciBlockIo },
  abilities: ReadonlySet<CgroupAbility>,
): OciResources {
  const { deviceRules, blockIo = {} } = given;
  const devices = config.Privileged ? [{ allow: true, access: 'rwm' }] : [...DEVICE_RULES, ...deviceRules];
  const memory = memoryOf(config, abilities);
  const cpu = cpuOf(config);
  const hasWeight = config.BlkioWeight && abilities.has('blkio-weight');
  const blockIO = { ...(hasWeight ? { weight: config.BlkioWeight! } : {}), ...blockIo };
  return {
    devices,
    ...(memory === undefined ? {} : { memory }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(config.PidsLimit !== undefined && config.PidsLimit > 0 ? { pids: { limit: config.PidsLimit } } : {}),
    ...(Object.keys(blockIO).length === 0 ? {} : { blockIO }),
  };
}

/** Swap in OCI is memory plus swap; with a memory limit alone Docker allows as much swap again. Kernel memory is no limit any more. */
function memoryOf(config: HostConfig, abilities: ReadonlySet<CgroupAbility>): OciMemory | undefined {
  const limit = config.Memory || undefined;
  const swap = config.MemorySwap || (limit === undefined ? undefined : limit * 2);
  const memory = {
    ...(limit === undefined ? {} : { limit }),
    ...(config.MemoryReservation ? { reservation: config.MemoryReservation } : {}),
    ...(swap === undefined || !abilities.has('swap') ? {} : { swap }),
    ...(config.MemorySwappiness === undefined ? {} : { swappiness: config.MemorySwappiness }),
    ...(config.OomKillDisable ? { disableOOMKiller: true } : {}),
  };
  return Object.keys(memory).length === 0 ? undefined : memory;
}

function cpuOf(config: HostConfig): OciCpu | undefined {
  const quota = config.NanoCpus
    ? Math.round((config.NanoCpus * CPU_PERIOD_US) / NANO_PER_CPU)
    : config.CpuQuota;
  const period = config.NanoCpus ? CPU_PERIOD_US : config.CpuPeriod;
  const cpu = {
    ...(config.CpuShares ? { shares: config.CpuShares } : {}),
    // below zero is none, which a new group has; crun would write a number the kernel doesn't take
    ...(quota && quota > 0 ? { quota } : {}),
    ...(period ? { period } : {}),
    ...(config.CpuRealtimePeriod ? { realtimePeriod: config.CpuRealtimePeriod } : {}),
    ...(config.CpuRealtimeRuntime ? { realtimeRuntime: config.CpuRealtimeRuntime } : {}),
    ...(config.CpusetCpus ? { cpus: config.CpusetCpus } : {}),
    ...(config.CpusetMems ? { mems: config.CpusetMems } : {}),
  };
  return Object.keys(cpu).length === 0 ? undefined : cpu;
}
