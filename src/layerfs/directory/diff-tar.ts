/** The upper directory as an OCI layer tar (OCI image spec, layer.md "Representing Changes"). */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { emptyHeader, TAR_END, type TarEntry, type TarHeader } from '../tar/entry.ts';
import { encodeTarMember } from '../tar/write.ts';
import { archiveDirectory } from './archive.ts';
import { readArea } from './areas.ts';
import { areaPath, type Layout } from './layout.ts';
import { LowerLayers } from './lower-layers.ts';

export interface DiffTarOptions {
  /** absolute paths inside the root; they and what lies below are left out */
  exclude?: readonly string[];
  signal?: AbortSignal;
}

/** See LayerStore.diffTar. */
export async function areaDiffTar(layout: Layout, key: string, options: DiffTarOptions): Promise<Readable> {
  const { lower } = readArea(layout, key);
  const upper = join(areaPath(layout, key), 'upper');
  const lowers = await LowerLayers.open(layout, lower);
  const entries = archiveDirectory(upper, { signal: options.signal });
  return Readable.from(encode(layerEntries(entries, lowers), options.exclude ?? []), { objectMode: false });
}

/**
 * A directory (a mounted root) as one flat tar, as `docker export` gives it: other file systems mounted inside appear as empty
 * directories, overlayfs's own marks are left out.
 */
export function rootTar(directory: string, options: DiffTarOptions = {}): Readable {
  const entries = archiveDirectory(directory, { signal: options.signal });
  return Readable.from(encode(plainEntries(entries), options.exclude ?? []), { objectMode: false });
}

type Member = { header: TarHeader; packed?: AsyncIterable<Buffer> };

async function* plainEntries(entries: AsyncIterable<TarEntry>): AsyncGenerator<Member, void, void> {
  for await (const { packed, content: _, ...entry } of entries) {
    const header = portable(entry);
    if (header.name !== '') yield { header, packed };
  }
}

async function* layerEntries(
  entries: AsyncIterable<TarEntry>,
  lowers: LowerLayers,
): AsyncGenerator<Member, void, void> {
  for await (const { packed, content: _, ...entry } of entries) {
    const header = portable(entry);
    if (header.name === '') continue;
    if (entry.type === 'char' && entry.devMajor === 0 && entry.devMinor === 0) {
      yield { header: whiteoutOf(header.name) };
      continue;
    }
    yield { header, packed };
    const opaque = entry.xattrs.get('trusted.overlay.opaque')?.toString() === 'y';
    // the kernel marks every new directory; the mark says something only where a lower layer has one
    if (opaque && (await lowers.has(header.name.replace(/\/$/, ''))))
      yield { header: { ...emptyHeader, name: `${header.name.replace(/\/$/, '')}/.wh..wh..opq` } };
  }
}

/** Docker's whiteouts: empty files, all fields zero but the name. */
function whiteoutOf(name: string): TarHeader {
  const slash = name.lastIndexOf('/') + 1;
  return { ...emptyHeader, mode: 0, name: `${name.slice(0, slash)}.wh.${name.slice(slash)}` };
}

/** As it means the same elsewhere: no './', no names of users of this host, no marks of overlayfs. */
function portable(entry: TarHeader): TarHeader {
  const strip = (name: string) => name.replace(/^\.\/*/, '');
  const xattrs = new Map([...entry.xattrs].filter(([name]) => !name.startsWith('trusted.overlay.')));
  return {
    ...entry,
    name: strip(entry.name),
    linkName: entry.type === 'hardlink' ? strip(entry.linkName) : entry.linkName,
    userName: '',
    groupName: '',
    xattrs,
  };
}

async function* encode(
  members: AsyncIterable<Member>,
  exclude: readonly string[],
): AsyncGenerator<Buffer, void, void> {
  const excluded = exclude.map((path) => path.replace(/^\/+|\/+$/g, ''));
  for await (const { header, packed } of members) {
    const name = header.name.replace(/\/$/, '');
    if (excluded.some((path) => name === path || name.startsWith(`${path}/`))) continue;
    yield* encodeTarMember(header, packed);
  }
  yield TAR_END;
}
