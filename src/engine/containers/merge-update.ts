/** What an update makes of a container's limits. Pure. */
import { EngineError } from '../errors.ts';
import type { ContainerUpdate, HostConfig } from '../types/config.ts';

const conflict = (message: string, hint?: string) => new EngineError('CONFLICT', message, { hint });

/** moby container.UpdateContainer: what was set one way can't be changed the other. What is not given, or 0, stays. Throws CONFLICT. */
export function mergeUpdate(
  current: HostConfig,
  { RestartPolicy, PidsLimit, ...limits }: ContainerUpdate,
): HostConfig {
  refuseConflicts(current, limits);
  const isNewPolicy = RestartPolicy !== undefined && RestartPolicy.Name !== '';
  if (isNewPolicy && current.AutoRemove && RestartPolicy.Name !== 'no')
    throw conflict('Restart policy cannot be updated because AutoRemove is enabled for the container');
  const next: HostConfig = {
    ...current,
    ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value)),
    ...(PidsLimit === undefined ? {} : { PidsLimit: Math.max(0, PidsLimit) }),
    ...(isNewPolicy ? { RestartPolicy } : {}),
  };
  const { Memory = 0, MemorySwap = 0 } = next;
  if (limits.MemorySwap && MemorySwap > 0 && Memory === 0)
    throw conflict('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (limits.MemorySwap && MemorySwap > 0 && MemorySwap < Memory)
    throw conflict('Minimum memoryswap limit should be larger than memory limit, see usage');
  return next;
}

function refuseConflicts(current: HostConfig, limits: ContainerUpdate): void {
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, Memory = 0 } = limits;
  const taken = (what: string, by: string) =>
    conflict(`Conflicting options: ${what} cannot be updated as ${by} has already been set`);
  if (NanoCpus > 0 && (current.CpuPeriod ?? 0) > 0) throw taken('Nano CPUs', 'CPU Period');
  if (NanoCpus > 0 && (current.CpuQuota ?? 0) > 0) throw taken('Nano CPUs', 'CPU Quota');
  if (CpuPeriod > 0 && (current.NanoCpus ?? 0) > 0) throw taken('CPU Period', 'NanoCPUs');
  if (CpuQuota > 0 && (current.NanoCpus ?? 0) > 0) throw taken('CPU Quota', 'NanoCPUs');
  // unlimited swap is -1 and none at all 0: below any limit, as Docker has it
  if (Memory > 0 && Memory > (current.MemorySwap ?? 0) && !limits.MemorySwap)
    throw conflict(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
      'add --memory-swap, -1 for no limit of swap',
    );
}

/** Fields that make one limit go together: memory with swap, quota with period. */
const TOGETHER: readonly (readonly (keyof ContainerUpdate)[])[] = [
  ['Memory', 'MemorySwap'],
  ['NanoCpus', 'CpuQuota', 'CpuPeriod'],
];

/** The part of `next` that `change` is about. */
export function changedLimits(next: HostConfig, change: ContainerUpdate): HostConfig {
  const given = Object.keys(change) as (keyof ContainerUpdate)[];
  const wanted = given.flatMap((field) => TOGETHER.find((fields) => fields.includes(field)) ?? [field]);
  return Object.fromEntries([...new Set(wanted)].map((field) => [field, next[field]]));
}
