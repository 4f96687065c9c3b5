/** OCI limits as the kernel's files want them: one list of settings for cgroup v1 and v2. Pure. */
import type { OciBlockIo, OciCpu, OciMemory, OciResources } from './oci-spec.ts';

/** One limit of a group. */
export interface CgroupSetting {
  /** names the hierarchy on v1; on v2 there is one for all */
  controller: string;
  /** the first of these files that is there takes its value */
  choices: readonly { file: string; value: string }[];
}

/** Settings in the order to write them; the writer turns memory and swap around where the kernel needs it. */
export function cgroupSettings(resources: Omit<OciResources, 'devices'>, isV2: boolean): CgroupSetting[] {
  const { memory = {}, cpu = {}, pids, blockIO = {} } = resources;
  const limits = isV2
    ? [...memoryV2(memory), ...cpuV2(cpu), ...weightV2(blockIO)]
    : [...memoryV1(memory), ...cpuV1(cpu), ...weightV1(blockIO)];
  const cpuset = [...setting('cpuset.cpus', cpu.cpus), ...setting('cpuset.mems', cpu.mems)];
  const processes = pids === undefined ? [] : setting('pids.max', pids.limit > 0 ? pids.limit : 'max');
  return [...limits, ...cpuset, ...processes];
}

function setting(file: string, value: string | number | undefined): CgroupSetting[] {
  const controller = file.split('.', 1)[0]!;
  return value === undefined ? [] : [{ controller, choices: [{ file, value: String(value) }] }];
}

function memoryV1({ limit, reservation, swap, swappiness }: OciMemory): CgroupSetting[] {
  return [
    ...setting('memory.limit_in_bytes', limit),
    ...setting('memory.memsw.limit_in_bytes', swap),
    ...setting('memory.soft_limit_in_bytes', reservation),
    ...setting('memory.swappiness', swappiness),
  ];
}

/** v2 counts swap apart from memory (runtime-spec's `swap` is their sum). */
function memoryV2({ limit, reservation, swap }: OciMemory): CgroupSetting[] {
  const bytes = (value: number | undefined) => (value === -1 ? 'max' : value);
  const ownSwap = swap === undefined || swap === -1 ? swap : swap - Math.max(0, limit ?? 0);
  return [
    ...setting('memory.max', bytes(limit)),
    ...setting('memory.swap.max', bytes(ownSwap)),
    ...setting('memory.low', bytes(reservation)),
  ];
}

function cpuV1({ shares, quota, period, realtimePeriod, realtimeRuntime }: OciCpu): CgroupSetting[] {
  return [
    ...setting('cpu.shares', shares),
    ...setting('cpu.cfs_period_us', period),
    ...setting('cpu.cfs_quota_us', quota),
    ...setting('cpu.rt_period_us', realtimePeriod),
    ...setting('cpu.rt_runtime_us', realtimeRuntime),
  ];
}

function cpuV2({ shares, quota, period }: OciCpu): CgroupSetting[] {
  const time = quota === undefined || quota <= 0 ? 'max' : quota;
  const hasMax = quota !== undefined || period !== undefined;
  return [
    ...setting('cpu.weight', shares === undefined ? undefined : weightOfShares(shares)),
    ...setting('cpu.max', hasMax ? `${time}${period === undefined ? '' : ` ${period}`}` : undefined),
  ];
}

/** Linearly from [2, 262144] to [1, 10000], as runc and crun do (crun.1, "cgroup v2"). */
function weightOfShares(shares: number): number {
  const within = Math.min(Math.max(shares, 2), 262_144);
  return 1 + Math.floor(((within - 2) * 9999) / 262_142);
}

function weightV1({ weight }: OciBlockIo): CgroupSetting[] {
  if (weight === undefined) return [];
  const value = String(weight);
  const files = ['blkio.weight', 'blkio.bfq.weight'];
  return [{ controller: 'blkio', choices: files.map((file) => ({ file, value })) }];
}

/** BFQ keeps the scale of 10 to 1000; io.weight goes from 1 to 10000 (crun.1). */
function weightV2({ weight }: OciBlockIo): CgroupSetting[] {
  if (weight === undefined) return [];
  const wide = 1 + Math.floor(((weight - 10) * 9999) / 990);
  const choices = [
    { file: 'io.bfq.weight', value: String(weight) },
    { file: 'io.weight', value: String(wide) },
  ];
  return [{ controller: 'io', choices }];
}
