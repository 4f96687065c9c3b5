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
import { changedLimits, mergeUpdate } from './merge-update.ts';
import { containerLock, findContainer, updateContainer } from './records.ts';
import { restartPolicyProblem } from './restart-policy.ts';

/**
 * Docker's POST /containers/ID/update. What is not given, or 0, stays. Of a running container (paused, too) the control group is changed
 * first: when the kernel refuses a value, group and record stay as they were. A restart that is pending comes all the same, the new
 * policy is asked at the next end (so does Docker 20.10; `stop` calls it off). Throws NOT_FOUND, INVALID_ARGUMENT, and CONFLICT or
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
      const next = mergeUpdate(record.HostConfig, change);
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

/** Only what changes is written: the group may have been tuned by hand otherwise. */
function applyLimits({ State }: ContainerRecord, next: HostConfig, change: ContainerUpdate): void {
  const folders = cgroupFolders(membership(State.Pid));
  const { pids: _, ...resources } = resolveResources(
    changedLimits(next, change),
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

function membership(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    throw new EngineError('CONFLICT', 'it ended meanwhile');
  }
}
