/** Reads a pinned place of a container's root as a tar, with what is mounted below it. */
import { archiveDirectory, TAR_END, type TarEntry, tarWriter } from '../../../layerfs/index.ts';
import { codeOf } from '../../errors.ts';
import type { ContainerRoot } from './container-root.ts';
import type { Place } from './inside-walk.ts';

export interface ReadOptions {
  /** name of the first entry */
  name: string;
  signal: AbortSignal | undefined;
}

/**
 * The bytes of the archive. The host's tar reads from the open folder by its descriptor and never follows a link; file systems
 * mounted below are left out by it, volumes and binds are then read from their own folders (not /proc, /sys, /dev).
 */
export async function* readMembers(
  root: ContainerRoot,
  place: Place,
  options: ReadOptions,
): AsyncGenerator<Buffer, void, void> {
  const below = place.path === '/' ? '/' : `${place.path}/`;
  const mounts = root.mountPoints.filter((point) => place.name === '.' && point.startsWith(below));
  const names = mounts.map((point) => joined(options.name, point.slice(below.length)));
  yield* placeMembers(place, options, new Set(names));
  for (const [index, path] of mounts.entries()) {
    const mounted = mountedPlace(root, path);
    if (mounted === undefined) continue;
    try {
      if (mounted.stat !== undefined)
        yield* placeMembers(mounted, { ...options, name: names[index]! }, new Set(names.slice(index + 1)));
    } finally {
      mounted.close();
    }
  }
  yield TAR_END;
}

/** undefined when the kernel's file systems were mounted there. */
function mountedPlace(root: ContainerRoot, path: string): Place | undefined {
  try {
    return root.walk(path, false);
  } catch (error) {
    if (codeOf(error) === 'PERMISSION_DENIED') return undefined;
    throw error;
  }
}

/** The members of one file system, without the mount points whose own members follow; no end mark. */
export async function* placeMembers(
  place: Pick<Place, 'fd' | 'name'>,
  { name, signal }: ReadOptions,
  without: ReadonlySet<string> = new Set(),
): AsyncGenerator<Buffer, void, void> {
  const only = place.name === '.' ? undefined : [Buffer.from(place.name)];
  const rename = (old: string) => (only === undefined ? joined(name, inFolder(old)) : name);
  for await (const entry of archiveDirectory(`/proc/self/fd/${place.fd}`, { only, signal })) {
    if (!without.has(rename(entry.name))) yield* encode(entry, rename);
  }
}

/** tar's './a/b/' as 'a/b', './' as ''. */
const inFolder = (name: string): string => name.replace(/^\.(?:\/+|$)/, '').replace(/\/+$/, '');

async function* encode(
  entry: TarEntry,
  rename: (name: string) => string,
): AsyncGenerator<Buffer, void, void> {
  const { packed, content: _, ...rest } = entry;
  const xattrs = new Map([...rest.xattrs].filter(([name]) => !name.startsWith('trusted.overlay.')));
  const linkName = rest.type === 'hardlink' ? rename(rest.linkName) : rest.linkName;
  const header = { ...rest, name: rename(rest.name), linkName, userName: '', groupName: '', xattrs };
  yield* (await tarWriter()).encodeTarMember(header, packed);
}

const joined = (folder: string, name: string): string =>
  name === '' ? folder : `${folder === '/' ? '' : folder}/${name}`;
