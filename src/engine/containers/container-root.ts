/** The root of a container as the container sees it, to copy from and into: with its volumes, running or stopped. */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { type InsideMount, type Place, walkInside } from './inside-walk.ts';
import { mountRoot, once } from './root-mount.ts';

export interface ContainerRoot {
  /** absolute on the host, valid until `release` */
  readonly path: string;
  /** Resolves a path of the container; see walkInside. Throws NOT_FOUND, INVALID_ARGUMENT. */
  walk(path: string, followLast: boolean): Place;
  /** Where something is mounted, links resolved. */
  readonly mountPoints: readonly string[];
  release(): Promise<void>;
}

/** Mounts the root and, for a running container, enters its view of it. Throws CONFLICT while it is being removed. */
export async function openContainerRoot(ctx: Context, record: ContainerRecord): Promise<ContainerRoot> {
  if (record.State.Dead || record.State.Status === 'removing') {
    throw new EngineError(
      'CONFLICT',
      `container ${record.Id} is marked for removal and cannot be copied from or to`,
    );
  }
  const mount = await mountRoot(ctx, record.Id, 'cp');
  const live = openLiveRoot(record, mount.path);
  const path = live === undefined ? mount.path : `/proc/self/fd/${live}/.`;
  const isRootWritable = !record.HostConfig.ReadonlyRootfs;
  const release = once(async () => {
    if (live !== undefined) closeSync(live);
    await mount.release();
  });
  try {
    const known = insideMounts(record, path);
    // The kernel shows a running container's mounts by itself, and refuses to write to read-only ones.
    const options =
      live === undefined ? { mounts: known, isRootWritable } : { mounts: new Map(), isRootWritable: true };
    const walk = (inside: string, followLast: boolean) =>
      walkInside(path, inside, { ...options, followLast });
    return { path, walk, mountPoints: [...known.keys()], release };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * The running container's own root, undefined when there is none. A process id may have been given to a foreign process
 * meanwhile, even with the host's root: only a root that is the very directory we mounted is taken.
 */
function openLiveRoot({ State }: ContainerRecord, mounted: string): number | undefined {
  if (!(State.Running || State.Paused) || State.Pid <= 0) return undefined;
  let fd: number;
  try {
    fd = openSync(`/proc/${State.Pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined; // it has just ended
    throw error;
  }
  const ours = statSync(mounted, { bigint: true });
  const theirs = fstatSync(fd, { bigint: true });
  if (ours.dev === theirs.dev && ours.ino === theirs.ino) return fd;
  closeSync(fd);
  return undefined;
}

/** The mounts by their place in the root: a destination may lead through links of the image (GHSA-rg2x class). */
function insideMounts(record: ContainerRecord, root: string): Map<string, InsideMount> {
  const mounts = new Map<string, InsideMount>();
  const byDepth = [...record.Mounts].sort((a, b) => a.Destination.length - b.Destination.length);
  for (const { Type, Source, Destination, RW } of byDepth) {
    const destination = resolved(root, Destination, mounts);
    // A tmpfs exists only while the container runs.
    if (destination === undefined || destination === '/' || Type === 'tmpfs') continue;
    mounts.set(destination, { destination, source: Source, isWritable: RW });
  }
  return mounts;
}

function resolved(root: string, path: string, mounts: ReadonlyMap<string, InsideMount>): string | undefined {
  try {
    const place = walkInside(root, path, { mounts, followLast: true, isRootWritable: true });
    place.close();
    return place.path;
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND' || codeOf(error) === 'INVALID_ARGUMENT') return undefined; // not made yet
    throw error;
  }
}
