/** Checks limits in Docker's words (moby verifyPlatformContainerResources) and takes out what the machine can't give. Pure. */
import { EngineError } from '../errors.ts';
import type { CgroupAbility, CgroupFacts } from '../runtime/cgroup-facts.ts';
import type { HostConfig } from '../types/config.ts';

const MIN_BYTES = 6 * 1024 * 1024;
const NANO_CPUS = 1_000_000_000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
/** CVE-2018-20699: a huge range must not be expanded */
const MAX_CPU_NUMBER = 8192;

export interface Machine {
  cgroup: CgroupFacts;
  cpuCount: number;
}

const invalid = (message: string) => new EngineError('INVALID_ARGUMENT', message, { exitCode: 125 });

/**
 * Changes `limits` in place: what is discarded is gone from it, as Docker's inspect shows it. Returns the warnings; throws
 * INVALID_ARGUMENT. `isUpdate`: the memory limit that goes with a swap limit may be there already.
 */
export function adaptResources(
  limits: HostConfig,
  { cgroup, cpuCount }: Machine,
  how: { isUpdate?: boolean } = {},
): string[] {
  const warnings = [...discard(limits, cgroup.abilities), ...warnOf(limits, cgroup.abilities)];
  checkMemory(limits, how.isUpdate === true);
  checkCpu(limits, cpuCount);
  checkRealtime(limits, cgroup.abilities);
  checkSet('CPUs', 'cpuset cpus', limits.CpusetCpus, cgroup.cpus);
  checkSet('memory nodes', 'cpuset mems', limits.CpusetMems, cgroup.mems);
  const { BlkioWeight = 0 } = limits;
  if (BlkioWeight !== 0 && (BlkioWeight < 10 || BlkioWeight > 1000))
    throw invalid('Range of blkio weight is from 10 to 1000');
  return warnings;
}

const KERNEL = 'Your kernel does not support';
const UNMOUNTED = 'or the cgroup is not mounted.';

/** Without the ability the fields go, with this warning when one was set; in Docker's order. */
const DISCARDED: readonly (readonly [CgroupAbility, readonly (keyof HostConfig)[], string])[] = [
  [
    'memory',
    ['Memory', 'MemorySwap'],
    `${KERNEL} memory limit capabilities ${UNMOUNTED} Limitation discarded.`,
  ],
  [
    'swappiness',
    ['MemorySwappiness'],
    `${KERNEL} memory swappiness capabilities ${UNMOUNTED} Memory swappiness discarded.`,
  ],
  [
    'reservation',
    ['MemoryReservation'],
    `${KERNEL} memory soft limit capabilities ${UNMOUNTED} Limitation discarded.`,
  ],
  [
    'kernel-memory',
    ['KernelMemory'],
    `${KERNEL} kernel memory limit capabilities ${UNMOUNTED} Limitation discarded.`,
  ],
  ['oom-kill-disable', ['OomKillDisable'], `${KERNEL} OomKillDisable. OomKillDisable discarded.`],
  ['pids', ['PidsLimit'], `${KERNEL} PIDs limit capabilities ${UNMOUNTED} PIDs limit discarded.`],
  ['cpu-shares', ['CpuShares'], `${KERNEL} CPU shares ${UNMOUNTED} Shares discarded.`],
  ['cpu-cfs', ['CpuPeriod', 'CpuQuota'], `${KERNEL} CPU CFS scheduler. CPU period/quota discarded.`],
  ['cpuset', ['CpusetCpus', 'CpusetMems'], `${KERNEL} cpuset ${UNMOUNTED} Cpuset discarded.`],
  ['blkio-weight', ['BlkioWeight'], `${KERNEL} Block I/O weight ${UNMOUNTED} Weight discarded.`],
  [
    'blkio-weight-device',
    ['BlkioWeightDevice'],
    `${KERNEL} Block I/O weight_device ${UNMOUNTED} Weight-device discarded.`,
  ],
  [
    'read-bps',
    ['BlkioDeviceReadBps'],
    `${KERNEL} BPS Block I/O read limit ${UNMOUNTED} Block I/O BPS read limit discarded.`,
  ],
  [
    'write-bps',
    ['BlkioDeviceWriteBps'],
    `${KERNEL} BPS Block I/O write limit ${UNMOUNTED} Block I/O BPS write limit discarded.`,
  ],
  [
    'read-iops',
    ['BlkioDeviceReadIOps'],
    `${KERNEL} IOPS Block read limit ${UNMOUNTED} Block I/O IOPS read limit discarded.`,
  ],
  [
    'write-iops',
    ['BlkioDeviceWriteIOps'],
    `${KERNEL} IOPS Block write limit ${UNMOUNTED} Block I/O IOPS write limit discarded.`,
  ],
];

function discard(limits: HostConfig, abilities: ReadonlySet<CgroupAbility>): string[] {
  const warnings: string[] = [];
  for (const [ability, fields, warning] of DISCARDED) {
    if (abilities.has(ability)) continue;
    if (fields.some((field) => isSet(limits[field]))) warnings.push(warning);
    for (const field of fields) delete limits[field];
  }
  if (limits.NanoCpus && !abilities.has('cpu-cfs'))
    throw invalid(
      'NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted',
    );
  return warnings;
}

const isSet = (value: HostConfig[keyof HostConfig]): boolean =>
  Array.isArray(value) ? value.length > 0 : Boolean(value);

/** What stays, but not as it was meant. */
function warnOf(limits: HostConfig, abilities: ReadonlySet<CgroupAbility>): string[] {
  const warnings: string[] = [];
  if (limits.Memory && limits.MemorySwap !== -1 && !abilities.has('swap')) {
    limits.MemorySwap = -1;
    warnings.push(`${KERNEL} swap limit capabilities ${UNMOUNTED} Memory limited without swap.`);
  }
  if (limits.KernelMemory)
    warnings.push('Specifying a kernel memory limit is deprecated and will be removed in a future release.');
  if (limits.OomKillDisable && !limits.Memory)
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    );
  return warnings;
}

function checkMemory(limits: HostConfig, isUpdate: boolean): void {
  const {
    Memory = 0,
    MemorySwap = 0,
    MemoryReservation = 0,
    KernelMemory = 0,
    MemorySwappiness = 0,
  } = limits;
  if (Memory !== 0 && Memory < MIN_BYTES) throw invalid('Minimum memory limit allowed is 6MB');
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory)
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (Memory === 0 && MemorySwap > 0 && !isUpdate)
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (MemorySwappiness < 0 || MemorySwappiness > 100)
    throw invalid(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  if (MemoryReservation > 0 && MemoryReservation < MIN_BYTES)
    throw invalid('Minimum memory reservation allowed is 6MB');
  if (Memory > 0 && MemoryReservation > Memory)
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  if (KernelMemory > 0 && KernelMemory < MIN_BYTES)
    throw invalid('Minimum kernel memory limit allowed is 6MB');
}

function checkCpu(
  { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, CpuShares = 0 }: HostConfig,
  cpus: number,
): void {
  if (NanoCpus > 0 && CpuPeriod > 0)
    throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (NanoCpus > 0 && CpuQuota > 0)
    throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  if (NanoCpus < 0 || NanoCpus > cpus * NANO_CPUS)
    throw invalid(`Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  if (CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000))
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (CpuQuota > 0 && CpuQuota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  // runc's words; told here instead of at the start, and crun would take the nearest value without a word
  if (CpuShares < 0) throw invalid('shares: invalid argument');
  if (CpuShares > 0 && CpuShares < MIN_SHARES)
    throw invalid(`the minimum allowed cpu-shares is ${MIN_SHARES}`);
  if (CpuShares > MAX_SHARES) throw invalid(`the maximum allowed cpu-shares is ${MAX_SHARES}`);
}

/** moby runconfig validateResources */
function checkRealtime(
  { CpuRealtimePeriod: period = 0, CpuRealtimeRuntime: runtime = 0 }: HostConfig,
  abilities: ReadonlySet<CgroupAbility>,
): void {
  if ((period !== 0 || runtime !== 0) && !abilities.has('cpu-realtime'))
    throw invalid(`${KERNEL} CPU real-time scheduler`);
  if (period !== 0 && runtime > period)
    throw invalid('cpu real-time runtime cannot be higher than cpu real-time period');
}

function checkSet(what: string, field: string, wanted: string | undefined, available: string): void {
  if (!wanted) return;
  const there = parseSet(available, field);
  if ([...parseSet(wanted, field)].some((number) => !there.has(number)))
    throw invalid(`Requested ${what} are not available - requested ${wanted}, available: ${available}`);
}

/** cpuset(7), list format: '0-3,8'. Throws as moby's parsers.ParseUintListMaximum. */
function parseSet(text: string, field: string): Set<number> {
  const refuse = (why: string) => invalid(`Invalid value ${text} for ${field}: ${why}`);
  const numbers = new Set<number>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined || Number(first) > Number(last)) throw refuse(`invalid format: ${text}`);
    if (Number(last) > MAX_CPU_NUMBER) throw refuse(`value of out range, maximum is ${MAX_CPU_NUMBER}`);
    for (let number = Number(first); number <= Number(last); number += 1) numbers.add(number);
  }
  return numbers;
}
