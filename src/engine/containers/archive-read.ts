/** Reads a pinned place of a container's root as a tar, with what is mounted below it. */
import { encodeTarHeader, packedBytes, TAR_END, type TarEntry, tarPadding } from '../../layerfs/index.ts';
import type { ContainerRoot } from './container-root.ts';
import type { Place } from './inside-walk.ts';

interface ReadOptions {
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
  yield* placeMembers(place, options);
  const below = place.path === '/' ? '/' : `${place.path}/`;
  if (place.name === '.') {
    for (const path of root.mountPoints.filter((point) => point.startsWith(below))) {
      const mounted = root.walk(path, false);
      try {
        const name = joined(options.name, path.slice(below.length));
        if (mounted.stat !== undefined) yield* placeMembers(mounted, { ...options, name });
      } finally {
        mounted.close();
      }
    }
  }
  yield TAR_END;
}

async function* placeMembers(
  place: Place,
  { name, signal }: ReadOptions,
): AsyncGenerator<Buffer, void, void> {
  const { archiveDirectory } = await import('../../layerfs/index.ts');
  const only = place.name === '.' ? undefined : [Buffer.from(place.name)];
  const rename = (old: string) => (only === undefined ? joined(name, old.replace(/^\.\/*/, '')) : name);
  for await (const entry of archiveDirectory(`/proc/self/fd/${place.fd}`, { only, signal }))
    yield* encode(entry, rename);
}

async function* encode(
  entry: TarEntry,
  rename: (name: string) => string,
): AsyncGenerator<Buffer, void, void> {
  const { packed, content: _, ...rest } = entry;
  const xattrs = new Map([...rest.xattrs].filter(([name]) => !name.startsWith('trusted.overlay.')));
  const linkName = rest.type === 'hardlink' ? rename(rest.linkName) : rest.linkName;
  const header = { ...rest, name: rename(rest.name), linkName, userName: '', groupName: '', xattrs };
  yield encodeTarHeader(header);
  if (header.type !== 'file') return;
  yield* packed;
  const padding = tarPadding(packedBytes(header));
  if (padding.length > 0) yield padding;
}

const joined = (folder: string, name: string): string =>
  name === '' ? folder : `${folder === '/' ? '' : folder}/${name}`;
