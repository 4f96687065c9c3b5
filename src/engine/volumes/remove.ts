/** Removes volumes. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { checkFilters, fitsLabels, type PruneOptions } from '../prune-filters.ts';
import { removeFolder } from '../remove-folder.ts';
import { recordEvent, recordPrune } from '../state/events.ts';
import { processStart, withLock } from '../state/locks.ts';
import type { Filters } from '../types/images.ts';
import {
  findVolume,
  type VolumeRecord,
  volumeDir,
  volumeDocuments,
  volumeLock,
  volumeUsers,
} from './records.ts';
import { unmountVolume } from './volume-mount.ts';
import { volumeBytes } from './volume-usage.ts';

/** Names of what is being removed: .removed-PID-START-UUID. */
const REMOVED = '.removed-';

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
    const aside = join(
      ctx.paths.volumes,
      `${REMOVED}${process.pid}-${processStart(process.pid)}-${randomUUID()}`,
    );
    // In one transaction with a rename, so that one who makes the volume anew never meets half-removed files.
    ctx.state.write(() => {
      if (volumeDocuments(ctx).get(name) === undefined) return; // somebody else was faster, and has told so
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
  { filters = {}, signal }: PruneOptions = {},
): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }> {
  const doomed = prunableVolumes(ctx, filters);
  removeAbandoned(ctx);
  const VolumesDeleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const volume of doomed) {
    if (signal?.aborted) break;
    const sizeBytes = (await volumeBytes(ctx, volume, signal).catch(zeroWhenAborted)) ?? 0;
    if (signal?.aborted || !(await removeIfUnused(ctx, volume.Name))) continue;
    VolumesDeleted.push(volume.Name);
    SpaceReclaimed += sizeBytes;
  }
  recordPrune(ctx.state, 'volume', SpaceReclaimed);
  return { VolumesDeleted, SpaceReclaimed };
}

/** What would go now; containers that are `gone` don't count. Throws INVALID_ARGUMENT. */
export function prunableVolumes(
  ctx: Context,
  filters: Filters,
  gone: ReadonlySet<string> = new Set(),
): VolumeRecord[] {
  checkFilters(filters, ['label', 'label!', 'all']);
  const users = volumeUsers(ctx);
  const isUsed = (name: string) => users.get(name)?.some(({ Id }) => !gone.has(Id)) === true;
  return volumeDocuments(ctx)
    .all()
    .filter(({ Name, Labels }) => !isUsed(Name) && fitsLabels(Labels, filters));
}

/** The caller asks the signal next. */
function zeroWhenAborted(error: unknown): number {
  if (codeOf(error) === 'CANCELED') return 0;
  throw error;
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

/** What removals that were killed left: the files of volumes that are no more. */
export function abandonedRemovals(ctx: Context): string[] {
  const names = existsSync(ctx.paths.volumes) ? readdirSync(ctx.paths.volumes) : [];
  return names
    .filter((name) => {
      if (!name.startsWith(REMOVED)) return false;
      const [pid, start] = name.slice(REMOVED.length).split('-');
      return processStart(Number(pid)) !== start;
    })
    .map((name) => join(ctx.paths.volumes, name));
}

export function removeAbandoned(ctx: Context): void {
  for (const path of abandonedRemovals(ctx)) removeFolder(path);
}
