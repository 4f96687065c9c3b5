/** Layers on disk: knows directories, tar and mounts; knows no image, registry or container. */
import type { Readable } from 'node:stream';
import type { ArchiveOptions } from './directory/archive.ts';
import type { DiffTarOptions } from './directory/diff-tar.ts';
import { holdData } from './hold.ts';
import type { TarEntry } from './tar/entry.ts';

export type { DiffTarOptions } from './directory/diff-tar.ts';
export { openDirectoryStore as openLayerStore } from './directory/directory-store.ts';
export type {
  DiffId,
  Fixture,
  IngestOptions,
  Layer,
  LayerChange,
  LayerStore,
  MountOptions,
  PathEntry,
  StoreAudit,
} from './store.ts';
export {
  emptyHeader,
  type SparseRun,
  TAR_END,
  type TarEntry,
  type TarEntryType,
  type TarHeader,
} from './tar/entry.ts';
export { fromBytes, toBytes } from './tar/text.ts';

/** What writes members of a tar archive; see tar/write.ts. Loaded at first use. */
export const tarWriter = () => import('./tar/write.ts');

/** The members of an uncompressed tar archive; see tar/read.ts. Loaded at first use. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry, void, void> {
  yield* (await import('./tar/read.ts')).readTarMembers(source);
}

/** The uncompressed bytes of a plain, gzip, zstd, xz or bzip2 stream; see decompress.ts. Loaded at first use. */
export async function decompress(stream: Readable): Promise<Readable> {
  holdData(stream);
  return (await import('./decompress.ts')).decompressStream(stream);
}

/** A mounted root as one flat tar (`docker export`); see directory/diff-tar.ts. Loaded at first use. */
export async function rootTar(directory: string, options?: DiffTarOptions): Promise<Readable> {
  return (await import('./directory/diff-tar.ts')).rootTar(directory, options);
}

/** The members of a directory of the host, sorted; see directory/archive.ts. Loaded at first use. */
export async function* archiveDirectory(
  directory: string,
  options?: ArchiveOptions,
): AsyncGenerator<TarEntry, void, void> {
  yield* (await import('./directory/archive.ts')).archiveDirectory(directory, options);
}

/** Bytes of all files below a directory of the host; see tree-bytes.ts. Loaded at first use. */
export async function treeBytes(directory: string, signal?: AbortSignal): Promise<number> {
  return (await import('./tree-bytes.ts')).treeBytes(directory, signal);
}

/** Makes one object in an open directory, also devices and extended attributes; see directory/extract-member.ts. Loaded at first use. */
export async function extractMember(directory: string, entry: TarEntry, signal?: AbortSignal): Promise<void> {
  return (await import('./directory/extract-member.ts')).extractMember(directory, entry, signal);
}
