/** The root of a container as the container sees it, to copy from and into: with its volumes, running or stopped. */
import { closeSync, constants, existsSync, fstatSync, openSync, statfsSync, statSync } from 'node:fs';
import type { Context } from '../../context.ts';
import { codeOf, EngineError } from '../../errors.ts';
import type { ContainerRecord } from '../../types/containers.ts';
import { hostnameFile, hostsFile, resolvConfFile } from '../paths.ts';
import { mountRoot, once } from '../root-mount.ts';
import { volumeEvents } from '../volume-events.ts';
import { type InsideMount, type Place, walkInside } from './inside-walk.ts';

export interface ContainerRoot {
  /** absolute on the host, valid until `release` */
  readonly path: string;
  /** Resolves a path of the container; see walkInside. Throws NOT_FOUND, INVALID_ARGUMENT, PERMISSION_DENIED for what is the kernel's. */
  walk(path: string, followLast: boolean): Place;
  /** Why nothing can be written at a place: Docker's words. */
  readOnlyReason(path: string): string | undefined;
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
    volumeEvents(ctx, record, 'unmount');
  });
  volumeEvents(ctx, record, 'mount');
  try {
    const known = insideMounts(ctx, record, path);
    // The kernel shows a running container's mounts by itself, and refuses to write to read-only ones.
    const options =
      live === undefined ? { mounts: known, isRootWritable } : { mounts: new Map(), isRootWritable: true };
    const walk = (inside: string, followLast: boolean) => {
      const place = walkInside(path, inside, { ...options, followLast });
      return live === undefined ? place : checkNotKernels(place, record);
    };
    const mountPoints = [...known.keys()];
    const readOnlyReason = (inside: string) => {
      if (mountPoints.some((point) => inside === point || inside.startsWith(`${point}/`)))
        return 'mounted volume is marked read-only';
      return isRootWritable ? undefined : 'container rootfs is marked read-only';
    };
    return { path, walk, mountPoints, readOnlyReason, release };
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

/** proc, sysfs, cgroup, cgroup2, devpts, mqueue (linux/magic.h). */
const KERNEL_FILES: readonly number[] = [0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x1cd1, 0x19800202];

/**
 * A running container's view has the kernel's file systems, too. They hold no files: their sizes are 0, writing changes the machine.
 * Docker doesn't see them, so that they are not found. Closes a place that is refused.
 */
function checkNotKernels(place: Place, { Name }: ContainerRecord): Place {
  const isBelow = /^\/(proc|sys)\/./.test(place.path); // what is masked there has another file system
  if (!isBelow && !KERNEL_FILES.includes(statfsSync(`/proc/self/fd/${place.fd}/.`).type)) return place;
  place.close();
  throw new EngineError('PERMISSION_DENIED', `${place.path} is in a file system of the kernel`, {
    hint: `read it inside: boxtop exec ${Name} cat ${place.path}`,
  });
}

/** The mounts by their place in the root: a destination may lead through links of the image (GHSA-rg2x class). */
function insideMounts(ctx: Context, record: ContainerRecord, root: string): Map<string, InsideMount> {
  const mounts = new Map<string, InsideMount>();
  const all = [...record.Mounts, ...networkFiles(ctx, record)];
  const byDepth = all.sort((a, b) => a.Destination.length - b.Destination.length);
  for (const { Type, Source, Destination, RW } of byDepth) {
    const destination = resolved(root, Destination, mounts);
    // A tmpfs exists only while the container runs.
    if (destination === undefined || destination === '/' || Type === 'tmpfs') continue;
    mounts.set(destination, { destination, source: Source, isWritable: RW });
  }
  return mounts;
}

/** What the engine binds over /etc since the first start, as a stopped container of Docker has them too (NetworkMounts). */
function networkFiles(ctx: Context, { Id, Mounts }: ContainerRecord) {
  const files: [string, string][] = [
    ['/etc/hostname', hostnameFile(ctx, Id)],
    ['/etc/hosts', hostsFile(ctx, Id)],
    ['/etc/resolv.conf', resolvConfFile(ctx, Id)],
  ];
  return files
    .filter(([path, file]) => existsSync(file) && !Mounts.some(({ Destination }) => Destination === path))
    .map(([Destination, Source]) => ({ Type: 'bind' as const, Source, Destination, RW: true }));
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
