/** Finds what is still mounted for containers that don't run: shared memory, volumes with driver options. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { containerDocuments, containerLock } from '../../containers/records.ts';
import { sharedMemoryPath, unmountSharedMemory } from '../../containers/shared-memory.ts';
import type { Context } from '../../context.ts';
import { isLocked, withLock } from '../../state/locks.ts';
import { mountPoints } from '../../volumes/mount-table.ts';
import { dataDir, hasOptions, volumeDocuments, volumeLock, volumeUsers } from '../../volumes/records.ts';
import { unmountVolume } from '../../volumes/volume-mount.ts';
import type { Finding } from './finding.ts';

const SAFE = 'nothing is lost by unmounting it';

export function checkMounts(ctx: Context): Finding[] {
  const mounted = mountPoints();
  return [...forgottenMemory(ctx, mounted), ...forgottenVolumes(ctx, mounted)];
}

function isUp(ctx: Context, id: string): boolean {
  const state = containerDocuments(ctx).get(id)?.State;
  return state?.Running === true || state?.Restarting === true;
}

/** Whether it runs, or somebody is just starting or ending it. */
const isBusy = (ctx: Context, id: string): boolean => isUp(ctx, id) || isLocked(ctx.state, containerLock(id));

function forgottenMemory(ctx: Context, mounted: ReadonlySet<string>): Finding[] {
  const folder = join(ctx.paths.runRoot, 'shm');
  const ids = existsSync(folder) ? readdirSync(folder) : [];
  return ids
    .filter((id) => mounted.has(sharedMemoryPath(ctx, id)) && !isBusy(ctx, id))
    .map((id) => ({
      object: `mount ${sharedMemoryPath(ctx, id)}`,
      message: 'its container does not run',
      hint: SAFE,
      repair: () =>
        withLock(ctx.state, containerLock(id), async () => {
          if (!isUp(ctx, id)) await unmountSharedMemory(ctx, id);
        }),
    }));
}

function forgottenVolumes(ctx: Context, mounted: ReadonlySet<string>): Finding[] {
  const isUsed = (name: string) => (volumeUsers(ctx).get(name) ?? []).some(({ Id }) => isBusy(ctx, Id));
  return volumeDocuments(ctx)
    .all()
    .filter((volume) => hasOptions(volume) && mounted.has(dataDir(ctx, volume.Name)) && !isUsed(volume.Name))
    .map(({ Name }) => ({
      object: `mount of volume ${Name}`,
      message: 'no container that runs has it',
      hint: SAFE,
      repair: () =>
        withLock(ctx.state, volumeLock(Name), async () => {
          if (!isUsed(Name)) await unmountVolume(ctx, Name);
        }),
    }));
}
