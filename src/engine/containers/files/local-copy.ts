/** The host's end of `cp`: packs a path of this machine, unpacks into one, with the code that serves containers. */
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { TAR_END } from '../../../layerfs/index.ts';
import { codeOf, EngineError } from '../../errors.ts';
import { placeMembers } from './archive-read.ts';
import { ArchiveWriter } from './archive-write.ts';
import { type Place, walkInside } from './inside-walk.ts';

/** Names of the host's root: nothing is mounted that the kernel does not show. */
const HOST = { mounts: new Map(), isRootWritable: true };

/** On a disk: a file system in memory may hold no attributes (tmpfs before Linux 6.6). */
const SCRATCH = '/var/tmp';

export interface PackOptions {
  /** name of the first entry */
  name: string;
  /** cp -L: follow a final link */
  followLink?: boolean;
  signal?: AbortSignal;
}

/** A file or folder of this machine as a tar stream. Throws NOT_FOUND 'lstat PATH: no such file or directory', INVALID_ARGUMENT. */
export function packLocal(path: string, options: PackOptions): Readable {
  const place = existing(path, options.followLink === true);
  async function* bytes() {
    yield* placeMembers(place, { name: options.name, signal: options.signal });
    yield TAR_END;
  }
  const stream = Readable.from(bytes(), { objectMode: false });
  stream.once('close', () => place.close());
  return stream;
}

/**
 * Unpacks a container's archive in `folder`. Links of the archive are never followed out of it. Everything belongs to the caller,
 * unless `keepOwner` (cp -a). Throws as ArchiveWriter.write.
 */
export async function unpackLocal(
  folder: string,
  stream: Readable,
  options: { keepOwner?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  const top = existing(`${folder}/`, true);
  const owner = options.keepOwner ? undefined : { uid: process.getuid!(), gid: process.getgid!() };
  const walk = (path: string, followLast: boolean) =>
    walkInside(`/proc/self/fd/${top.fd}/.`, path, { ...HOST, followLast });
  try {
    const { signal } = options;
    const isHost = !options.keepOwner;
    const shownRoot = top.path === '/' ? '' : top.path;
    const how = { path: '', owner, noOverwriteDirNonDir: true, signal, isHost, shownRoot, scratch: SCRATCH };
    await new ArchiveWriter({ walk }, how).write(stream);
  } finally {
    top.close();
    stream.destroy();
  }
}

function existing(path: string, followLast: boolean): Place {
  // resolve() drops what says that it must be a folder
  const suffix = /\/\.?$/.test(path) ? '/' : '';
  try {
    const place = walkInside('/', `${resolve(path)}${suffix}`, { ...HOST, followLast });
    if (place.stat !== undefined) return place;
    place.close();
  } catch (error) {
    if (codeOf(error) !== 'NOT_FOUND') throw error;
  }
  throw new EngineError('NOT_FOUND', `lstat ${path}: no such file or directory`);
}
