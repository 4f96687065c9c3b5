/** Places in a container's root that only carry the engine's own mounts: they are no change of the container. */
import type { Fixture } from '../../layerfs/index.ts';
import type { Change } from '../types/container-files.ts';

/** Docker's init layer (moby layer/initlayer_linux.go): in every container, in no image made of one. */
export const FIXTURES: readonly Fixture[] = [
  { path: '/.dockerenv', type: 'file' },
  { path: '/dev/console', type: 'file' },
  { path: '/dev/pts', type: 'directory' },
  { path: '/dev/shm', type: 'directory' },
  { path: '/etc/hostname', type: 'file' },
  { path: '/etc/hosts', type: 'file' },
  { path: '/etc/mtab', type: 'symlink', link: '/proc/mounts' },
  { path: '/etc/resolv.conf', type: 'file' },
  { path: '/proc', type: 'directory' },
  { path: '/sys', type: 'directory' },
];

/** Always mounted over: what is found below them in the writable area was made by the runtime as a mount point. */
export const ENGINE_MOUNT_POINTS: readonly string[] = [
  '/dev',
  '/proc',
  '/sys',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
];

/**
 * Without the engine's mount points, and without the folders that count as changed only because one was made in them.
 * Docker has these in a layer of their own below the container, so `docker diff` and `commit` don't see them either.
 */
export function withoutMountPoints(changes: readonly Change[]): Change[] {
  const isMountPoint = (path: string) =>
    ENGINE_MOUNT_POINTS.some((point) => path === point || path.startsWith(`${point}/`));
  const own = changes.filter(({ Path }) => !isMountPoint(Path));
  const hasMountPoint = (folder: string) =>
    changes.some(({ Path }) => isMountPoint(Path) && Path.startsWith(`${folder}/`));
  const hasOther = (folder: string) => own.some(({ Path }) => Path.startsWith(`${folder}/`));
  return own.filter(({ Path, Kind }) => Kind === 2 || !hasMountPoint(Path) || hasOther(Path));
}
