/** Makes a container's mounts ready for the runtime, at every start, and lets go of them at its end. */
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { bundleDir } from '../containers/paths.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import type { Mount } from '../types/config.ts';
import type { ContainerRecord, MountPoint } from '../types/containers.ts';
import { checkTargets } from './check-targets.ts';
import { copyUp } from './copy-up.ts';
import { cleanTarget, mountError } from './mount-spec.ts';
import { mountHolding } from './mount-table.ts';
import { hasOptions, volumeDocuments, volumeLock, volumeUsers } from './records.ts';
import { mountTmpfsOptions, tmpfsOptions } from './tmpfs.ts';
import { mountVolume, unmountVolume } from './volume-mount.ts';
import { createVolume, makeDirectories } from './volumes.ts';

/** An entry of `mounts` in the OCI runtime spec. */
export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

/**
 * `rootfs`: the mounted root of the container, read for the first filling of volumes. Volumes with driver options are mounted.
 * In the order of destinations, so that a mount below another one comes after it. Throws INVALID_ARGUMENT, INTERNAL (mount, cp).
 */
export async function prepareMounts(
  ctx: Context,
  record: ContainerRecord,
  rootfs: string,
): Promise<OciMount[]> {
  checkTargets(rootfs, [
    ...record.Mounts.map(({ Type, Destination, Source }) => ({ Type, Target: Destination, Source })),
    ...Object.keys(record.HostConfig.Tmpfs ?? {}).map((path) => ({
      Type: 'tmpfs' as const,
      Target: cleanTarget(path),
      Source: '',
    })),
  ]);
  const mounts: OciMount[] = [];
  for (const point of record.Mounts) mounts.push(await prepare(ctx, record, point, rootfs));
  for (const [target, options] of Object.entries(record.HostConfig.Tmpfs ?? {})) {
    mounts.push({
      destination: cleanTarget(target),
      type: 'tmpfs',
      source: 'tmpfs',
      options: tmpfsOptions(options),
    });
  }
  return mounts.sort((a, b) => (a.destination < b.destination ? -1 : 1));
}

async function prepare(
  ctx: Context,
  record: ContainerRecord,
  point: MountPoint,
  rootfs: string,
): Promise<OciMount> {
  const asked = (record.HostConfig.Mounts ?? []).find(
    ({ Target }) => cleanTarget(Target) === point.Destination,
  );
  const destination = point.Destination;
  if (point.Type === 'tmpfs')
    return { destination, type: 'tmpfs', source: 'tmpfs', options: mountTmpfsOptions(asked) };
  if (point.Type === 'volume') await prepareVolume(ctx, record, { point, rootfs, asked });
  else prepareBind(point, asked);
  const bind = asked?.BindOptions?.NonRecursive ? 'bind' : 'rbind';
  return {
    destination,
    type: 'bind',
    source: point.Source,
    options: [bind, point.RW ? 'rw' : 'ro', point.Propagation || 'rprivate'],
  };
}

/** -v makes a missing folder (Docker: root's, 0755), --mount refuses. */
function prepareBind({ Source, Propagation }: MountPoint, asked: Mount | undefined): void {
  if (statSync(Source, { throwIfNoEntry: false }) !== undefined) {
    checkPropagation(realpathSync(Source), Propagation);
    return;
  }
  if (asked !== undefined && !asked.BindOptions?.CreateMountpoint)
    throw mountError('bind', `bind source path does not exist: ${Source}`);
  mkdirSync(Source, { recursive: true, mode: 0o755 });
}

/** A mount of the host that shares nothing would take the word and do nothing (moby ensureSharedOrSlave). Throws INVALID_ARGUMENT. */
function checkPropagation(source: string, propagation: string): void {
  const wantsShared = /^r?shared$/.test(propagation);
  if (!wantsShared && !/^r?slave$/.test(propagation)) return;
  const holder = mountHolding(source);
  if (holder === undefined || holder.isShared || (!wantsShared && holder.isSlave)) return;
  const kind = wantsShared ? 'a shared' : 'a shared or slave';
  throw new EngineError(
    'INVALID_ARGUMENT',
    `path ${source} is mounted on ${holder.point} but it is not ${kind} mount`,
    { hint: `share it with: mount --make-rshared ${holder.point}` },
  );
}

interface VolumeUse {
  point: MountPoint;
  rootfs: string;
  asked: Mount | undefined;
}

async function prepareVolume(
  ctx: Context,
  record: ContainerRecord,
  { point, rootfs, asked }: VolumeUse,
): Promise<void> {
  const name = point.Name!;
  await withLock(ctx.state, volumeLock(name), async () => {
    // it can be gone: removed between the container's creation and its record
    const volume =
      volumeDocuments(ctx).get(name) ??
      createVolume(ctx, { Name: name }, record.AnonymousVolumes.includes(name));
    makeDirectories(ctx, name);
    await mountVolume(ctx, volume);
    if (asked?.VolumeOptions?.NoCopy || point.Mode.split(',').includes('nocopy')) return;
    await copyUp(ctx, volume, {
      rootfs,
      destination: point.Destination,
      isShared: others(ctx, name, record.Id).length > 0,
    });
  });
}

function others(ctx: Context, volume: string, id: string): ContainerRecord[] {
  return (volumeUsers(ctx).get(volume) ?? []).filter((container) => container.Id !== id);
}

/**
 * After a container's end, when its bundle is gone: unmounts volumes with driver options that no other container has. Idempotent. Who
 * has a bundle is being started, runs, or is about to come here itself: of two that end at once the later one finds none.
 */
export async function releaseMounts(ctx: Context, record: ContainerRecord): Promise<void> {
  for (const { Name } of record.Mounts) {
    const volume = Name === undefined ? undefined : volumeDocuments(ctx).get(Name);
    if (Name === undefined || volume === undefined || !hasOptions(volume)) continue;
    await withLock(ctx.state, volumeLock(Name), async () => {
      const isUsed = others(ctx, Name, record.Id).some(({ Id }) => existsSync(bundleDir(ctx, Id)));
      if (!isUsed) await unmountVolume(ctx, Name);
    });
  }
}
