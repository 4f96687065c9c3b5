/** Verbs of `cp`: stat, read and write paths of a container as tar streams. */
import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { Context } from '../../context.ts';
import { codeOf, EngineError } from '../../errors.ts';
import { readRootfsFile } from '../../runtime/rootfs-file.ts';
import { resolveUser } from '../../runtime/user.ts';
import type { PathStat } from '../../types/container-files.ts';
import type { Containers } from '../../types/containers.ts';
import { containerEvent } from '../container-events.ts';
import { findContainer } from '../records.ts';
import { releasing } from '../root-mount.ts';
import { readMembers } from './archive-read.ts';
import { ArchiveWriter } from './archive-write.ts';
import { type ContainerRoot, openContainerRoot } from './container-root.ts';
import { isContents } from './copy-rules.ts';
import type { Place } from './inside-walk.ts';

/** A final link is not followed, unless the path ends with '/'. Throws NOT_FOUND 'Could not find the file X in container Y'. */
export async function statPath(ctx: Context, nameOrId: string, given: string): Promise<PathStat> {
  const path = absolute(given);
  const root = await openContainerRoot(ctx, findContainer(ctx, nameOrId));
  try {
    const place = existing(root, { path, nameOrId }, false);
    place.close();
    return describe(root, path, place.stat);
  } finally {
    await root.release();
  }
}

/** The path as a tar stream: its first entry is the last component of `path`, whatever links it led through. */
export async function readArchive(
  ctx: Context,
  nameOrId: string,
  given: string,
  options: Parameters<Containers['readArchive']>[2] = {},
): Promise<{ stat: PathStat; stream: Readable }> {
  const path = absolute(given);
  const record = findContainer(ctx, nameOrId);
  const root = await openContainerRoot(ctx, record);
  try {
    const place = existing(root, { path, nameOrId }, options.followLink === true);
    const stat = describe(root, path, place.stat);
    const bytes = readMembers(root, place, { name: entryName(path), signal: options.signal });
    containerEvent(ctx, record, 'archive-path');
    const release = async () => {
      place.close();
      await root.release();
    };
    return { stat, stream: releasing(bytes, release) };
  } catch (error) {
    await root.release();
    throw error;
  }
}

/**
 * Unpacks a tar stream (plain or compressed) into the folder `path`. With `copyUidGid` everything belongs to the container's user.
 * Throws NOT_FOUND, INVALID_ARGUMENT (no folder, hostile names), PERMISSION_DENIED (read-only), CONFLICT (noOverwriteDirNonDir), CANCELED.
 */
export async function writeArchive(
  ctx: Context,
  nameOrId: string,
  given: string,
  stream: Readable,
  options: Parameters<Containers['writeArchive']>[3] = {},
): Promise<void> {
  const path = absolute(given);
  const record = findContainer(ctx, nameOrId);
  const root = await openContainerRoot(ctx, record);
  try {
    const place = existing(root, { path, nameOrId }, true);
    place.close();
    if (!place.stat.isDirectory())
      throw new EngineError('INVALID_ARGUMENT', 'extraction point is not a directory');
    const owner = options.copyUidGid ? copyOwner(root, record.Config.User ?? '') : undefined;
    const { noOverwriteDirNonDir = false, signal } = options;
    const how = { path: place.path, owner, noOverwriteDirNonDir, signal, scratch: ctx.paths.root };
    await new ArchiveWriter(root, how).write(stream);
    containerEvent(ctx, record, 'extract-to-dir');
  } finally {
    stream.destroy();
    await root.release();
  }
}

/** Docker's copyUIDGID: the ids of the container's user, undefined when it is the archive's owners that count. */
function copyOwner(root: ContainerRoot, user: string): { uid: number; gid: number } | undefined {
  if (user === '') return undefined;
  const read = (path: string) => readRootfsFile(root.path, path);
  return resolveUser(user, { passwd: read('/etc/passwd'), group: read('/etc/group') });
}

/** The place of a path that is there. */
function existing(
  root: ContainerRoot,
  { path, nameOrId }: { path: string; nameOrId: string },
  followLast: boolean,
): Place & { stat: Stats } {
  let hint: string | undefined;
  try {
    const place = root.walk(path, followLast);
    if (place.stat !== undefined) return { ...place, stat: place.stat };
    place.close();
  } catch (error) {
    // to Docker the kernel's file systems are empty folders
    if (codeOf(error) !== 'NOT_FOUND' && codeOf(error) !== 'PERMISSION_DENIED') throw error;
    hint = (error as EngineError).hint;
  }
  throw new EngineError('NOT_FOUND', `Could not find the file ${path} in container ${nameOrId}`, { hint });
}

/**
 * Docker's ResolvePath: made absolute and cleaned by its words alone, so that 'link/..' is the folder of the link; a '/' or '/.' at the
 * end is kept, as both mean something. Throws INVALID_ARGUMENT for a NUL.
 */
function absolute(path: string): string {
  if (path.includes('\0'))
    throw new EngineError('INVALID_ARGUMENT', 'invalid path: it holds a NUL character');
  const bare = posix.normalize(`/${path}`).replace(/^\/+|\/+$/g, '');
  const suffix = isContents(path) ? '/.' : path.endsWith('/') && bare !== '' ? '/' : '';
  return bare === '' ? suffix || '/' : `/${bare}${suffix}`;
}

/** Docker's name of the first entry: '/' for the root, '.' for 'folder/.'. */
const entryName = (path: string): string => (path.endsWith('/.') ? '.' : posix.basename(path) || '/');

function describe(root: ContainerRoot, path: string, stat: Stats): PathStat {
  return {
    name: entryName(path),
    size: stat.size,
    mode: stat.mode,
    mtime: stat.mtime.toISOString(),
    linkTarget: stat.isSymbolicLink() ? linkTarget(root, path) : '',
  };
}

/** Where a link ends, absolute in the container; '' when it leads nowhere. */
function linkTarget(root: ContainerRoot, path: string): string {
  try {
    const place = root.walk(path, true);
    place.close();
    return place.path;
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND' || codeOf(error) === 'INVALID_ARGUMENT') return '';
    throw error;
  }
}
