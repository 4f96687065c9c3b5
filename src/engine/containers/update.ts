/** Verb update: changes limits and the restart policy of a container, at once when it runs. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import { cgroupSettings } from '../runtime/cgroup-settings.ts';
import { writeCgroup } from '../runtime/cgroup-write.ts';
import { hostFacts } from '../runtime/host.ts';
import { resolveResources } from '../runtime/limits.ts';
import { withLock } from '../state/locks.ts';
import type { ContainerUpdate, HostConfig } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { adaptResources } from './adapt-resources.ts';
import { cgroupFolders } from './cgroup.ts';
import { containerEvent } from './container-events.ts';
import { reconcile } from './exited.ts';
import { containerLock, findContainer, updateContainer } from './records.ts';
import { restartPolicyProblem } from './restart-policy.ts';

/**
 * Docker's POST /containers/ID/update. What is not given, or 0, stays. Of a running container (paused, too) the control group is changed
 * first: when the kernel refuses a value, group and record stay as they were. Throws NOT_FOUND, INVALID_ARGUMENT, and CONFLICT or
 * FAILED_PRECONDITION as 'Cannot update container ID: …'.
 */
export async function update(
  ctx: Context,
  nameOrId: string,
  given: ContainerUpdate,
): Promise<{ Warnings: string[] }> {
  const change = { ...given };
  const Warnings = check(change);
  const { Id } = findContainer(ctx, nameOrId);
  await withLock(ctx.state, containerLock(Id), async () => {
    const record = await reconcile(ctx, findContainer(ctx, Id));
    try {
      const next = merged(record.HostConfig, change);
      if (record.State.Running) applyLimits(record, next, change);
      ctx.state.write(() => {
        const updated = updateContainer(ctx, Id, (current) => {
          current.HostConfig = next;
        });
        containerEvent(ctx, updated, 'update');
      });
    } catch (error) {
      throw cannotUpdate(Id, error);
    }
  });
  return { Warnings };
}

function cannotUpdate(id: string, error: unknown): EngineError {
  const { code, hint } = error instanceof EngineError ? error : { code: 'INTERNAL' as const };
  return new EngineError(code, `Cannot update container ${id}: ${messageOf(error)}`, { hint, cause: error });
}

function check(change: ContainerUpdate): string[] {
  const problem = restartPolicyProblem(change.RestartPolicy ?? { Name: '' });
  if (problem !== undefined) throw new EngineError('INVALID_ARGUMENT', problem);
  const machine = { cgroup: hostFacts().cgroup, cpuCount: availableParallelism() };
  return adaptResources(change, machine, { isUpdate: true });
}

const conflict = (message: string, hint?: string) => new EngineError('CONFLICT', message, { hint });

/** moby container.UpdateContainer: what was set one way can't be changed the other. */
function merged(current: HostConfig, { RestartPolicy, PidsLimit, ...limits }: ContainerUpdate): HostConfig {
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

/** Only what changes is written: the group may have been tuned by hand otherwise. */
function applyLimits({ State }: ContainerRecord, next: HostConfig, change: ContainerUpdate): void {
  const folders = cgroupFolders(membership(State.Pid));
  const { pids: _, ...resources } = resolveResources(
    changed(next, change),
    { deviceRules: [] },
    hostFacts().cgroup.abilities,
  );
  // "none" is nothing to tell a new group, but a change for this one
  const pids = change.PidsLimit === undefined ? {} : { pids: { limit: change.PidsLimit } };
  const cpu = (change.CpuQuota ?? 0) < 0 ? { cpu: { ...resources.cpu, quota: -1 } } : {};
  writeCgroup(cgroupSettings({ ...resources, ...pids, ...cpu }, folders.isV2), (controller) =>
    folders.of(folders.isV2 ? '' : controller),
  );
}

/** Fields that make one limit go together: memory with swap, quota with period. */
const TOGETHER: readonly (readonly (keyof ContainerUpdate)[])[] = [
  ['Memory', 'MemorySwap'],
  ['NanoCpus', 'CpuQuota', 'CpuPeriod'],
];

function changed(next: HostConfig, change: ContainerUpdate): HostConfig {
  const given = Object.keys(change) as (keyof ContainerUpdate)[];
  const wanted = given.flatMap((field) => TOGETHER.find((fields) => fields.includes(field)) ?? [field]);
  return Object.fromEntries([...new Set(wanted)].map((field) => [field, next[field]]));
}

function membership(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    throw conflict('it ended meanwhile');
  }
}
