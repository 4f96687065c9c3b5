/** Removes volumes. */
import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { recordEvent, recordPrune } from '../state/events.ts';
import { withLock } from '../state/locks.ts';
import type { Filters } from '../types/images.ts';
import {
  dataDir,
  findVolume,
  hasOptions,
  type VolumeRecord,
  volumeDir,
  volumeDocuments,
  volumeLock,
  volumeUsers,
} from './records.ts';
import { unmountVolume } from './volume-mount.ts';
import { hasLabel } from './volumes.ts';

/** Throws NOT_FOUND (not with force), CONFLICT 'remove NAME: volume is in use - [IDs]' (also with force). */
export async function remove(
  ctx: Context,
  name: string,
  { force = false }: { force?: boolean } = {},
): Promise<void> {
  if (force && volumeDocuments(ctx).get(name) === undefined) return;
  findVolume(ctx, name);
  await removeUnused(ctx, name);
}

/** `except`: a container that does not count, because it is being removed itself. */
async function removeUnused(ctx: Context, name: string, except?: string): Promise<void> {
  await withLock(ctx.state, volumeLock(name), async () => {
    refuseUsed(ctx, name, except);
    await unmountVolume(ctx, name);
    const aside = join(ctx.paths.volumes, `.removed-${randomUUID()}`);
    // In one transaction with a rename, so that one who makes the volume anew never meets half-removed files.
    ctx.state.write(() => {
      refuseUsed(ctx, name, except);
      volumeDocuments(ctx).remove(name);
      if (existsSync(volumeDir(ctx, name))) renameSync(volumeDir(ctx, name), aside);
      recordEvent(ctx.state, {
        Type: 'volume',
        Action: 'destroy',
        id: name,
        attributes: { driver: 'local' },
      });
    });
    await rm(aside, { recursive: true, force: true });
  });
}

function refuseUsed(ctx: Context, name: string, except: string | undefined): void {
  const users = (volumeUsers(ctx).get(name) ?? []).filter(({ Id }) => Id !== except);
  if (users.length === 0) return;
  throw new EngineError(
    'CONFLICT',
    `remove ${name}: volume is in use - [${users.map(({ Id }) => Id).join(', ')}]`,
    {
      hint: 'remove these containers first',
    },
  );
}

/** All volumes no container has, named ones too (Docker 20.10). Filters: label, label!. */
export async function prune(
  ctx: Context,
  { filters = {} }: { filters?: Filters } = {},
): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }> {
  const unknown = Object.keys(filters).find((name) => !['label', 'label!', 'all'].includes(name));
  if (unknown !== undefined)
    throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${unknown}'`, {
      hint: 'filters are: label, label!',
    });
  const users = volumeUsers(ctx);
  const VolumesDeleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const volume of volumeDocuments(ctx).all()) {
    if (users.has(volume.Name) || !isPruned(volume, filters)) continue;
    const sizeBytes = hasOptions(volume) ? 0 : diskUsage(dataDir(ctx, volume.Name));
    if (!(await removeIfUnused(ctx, volume.Name))) continue;
    VolumesDeleted.push(volume.Name);
    SpaceReclaimed += sizeBytes;
  }
  recordPrune(ctx.state, 'volume', SpaceReclaimed);
  return { VolumesDeleted, SpaceReclaimed };
}

function isPruned({ Labels }: VolumeRecord, filters: Filters): boolean {
  return (
    (filters['label'] ?? []).every((label) => hasLabel(Labels, label)) &&
    !(filters['label!'] ?? []).some((label) => hasLabel(Labels, label))
  );
}

/** False when a container took it meanwhile. */
export async function removeIfUnused(ctx: Context, name: string, except?: string): Promise<boolean> {
  try {
    await removeUnused(ctx, name, except);
    return true;
  } catch (error) {
    if (codeOf(error) === 'CONFLICT') return false;
    throw error;
  }
}

/** Bytes of all files below, hard links counted once, links not followed. */
function diskUsage(directory: string): number {
  const seen = new Set<string>();
  let bytes = 0;
  for (const name of readEntries(directory)) {
    const stat = lstatSync(join(directory, name), { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile() || seen.has(`${stat.dev}:${stat.ino}`)) continue;
    if (stat.nlink > 1) seen.add(`${stat.dev}:${stat.ino}`);
    bytes += stat.size;
  }
  return bytes;
}

function readEntries(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
