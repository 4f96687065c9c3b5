/** Whether the kernel holds a container's processes frozen: the truth that a record can't be of, when a `pause` was killed half-way. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { chooseRuntime, runtimeCommand } from '../runtime/runtime.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { cgroupFolders } from './cgroup.ts';
import { uncheckedHealth } from './health-state.ts';
import { updateContainer } from './records.ts';

/**
 * cgroup-v1/freezer-subsystem.rst: freezer.state is THAWED, FREEZING or FROZEN; cgroup-v2.rst: cgroup.freeze is 0 or 1. What the record
 * says where the kernel tells nothing.
 */
function isFrozen({ State }: ContainerRecord): boolean {
  try {
    const folders = cgroupFolders(readFileSync(`/proc/${State.Pid}/cgroup`, 'utf8'));
    const folder = folders.of(folders.isV2 ? '' : 'freezer');
    if (folder === undefined) return State.Paused;
    const file = folders.isV2 ? 'cgroup.freeze' : 'freezer.state';
    return !['0', 'THAWED'].includes(readFileSync(join(folder, file), 'utf8').trim());
  } catch {
    return false; // its process has ended
  }
}

export async function freezeProcesses(ctx: Context, record: ContainerRecord): Promise<void> {
  if (!isFrozen(record)) await runtimeCommand(runtimeOf(ctx, record), ['pause', record.Id]);
}

/** A frozen process gets no signal: a stop and a kill need this. */
export async function thawProcesses(ctx: Context, record: ContainerRecord): Promise<void> {
  if (isFrozen(record)) await runtimeCommand(runtimeOf(ctx, record), ['resume', record.Id]);
}

const runtimeOf = (ctx: Context, { HostConfig }: ContainerRecord) => chooseRuntime(ctx, HostConfig.Runtime);

export function notePaused(ctx: Context, id: string, isPaused: boolean): void {
  updateContainer(ctx, id, ({ State }) => {
    State.Paused = isPaused;
    State.Status = isPaused ? 'paused' : 'running';
    if (isPaused && State.Health !== undefined) State.Health = uncheckedHealth(State.Health);
  });
}
