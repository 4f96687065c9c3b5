/** A COPY's layer as a tar stream: the destination's folders, then the planned entries. No container, no mount. */
import { closeSync, readSync } from 'node:fs';
import { emptyHeader, type TarHeader, tarWriter } from '../../layerfs/index.ts';
import type { ContextFile } from './context-files.ts';
import { openContextFile } from './context-open.ts';
import type { PlannedEntry } from './copy-plan.ts';
import type { ModeChange } from './dockerfile/file-mode.ts';

export interface Owner {
  uid: number;
  gid: number;
}

/** A folder on the way to the destination; `exists` keeps what it is in the image. */
export interface Folder extends Owner {
  path: string;
  mode: number;
  mtimeNs: bigint;
}

export interface CopyLayer {
  /** from the root down, the root left out */
  folders: readonly Folder[];
  entries: readonly PlannedEntry<ContextFile>[];
  owner: Owner;
  /** the entries have owners of their own; `owner` is for folders that are new */
  keepsOwners?: boolean;
  /** --chmod; the files' own bits when absent */
  mode?: ModeChange;
  signal?: AbortSignal;
}

const SECOND_NS = 1_000_000_000n;

export const NEW_FOLDER_MODE = 0o755;

/** For folders that are new; archives (zip) know no 1970. */
export const nowNs = (): bigint => BigInt(Math.floor(Date.now() / 1000)) * SECOND_NS;

/** Small files and headers are gathered into chunks of this size. */
const CHUNK_BYTES = 1024 * 1024;

/** The members without the archive's end. Throws what reading the files throws; a file that shrinks meanwhile is an error, one that grows is cut. */
export async function* copyTar(layer: CopyLayer): AsyncGenerator<Buffer, void, void> {
  const gathered = new Gatherer(await tarWriter());
  for (const folder of layer.folders) yield* gathered.addHeader(folderHeader(folder));
  const done = new Set(layer.folders.map(({ path }) => path));
  const firstNames = new Map<string, string>();
  for (const { target, entry, isNamed, source } of layer.entries) {
    layer.signal?.throwIfAborted();
    yield* addMissingFolders(gathered, target, { done, layer });
    // names of one file stay that within a folder that is copied, as Docker's copies
    if (entry.hardlink !== undefined && !isNamed) {
      const file = `${entry.hardlink} ${source}`;
      const first = firstNames.get(file);
      if (first !== undefined) {
        yield* gathered.addHeader(linkHeader(target, first, entryHeader(first, entry, layer)));
        continue;
      }
      firstNames.set(file, target);
    }
    yield* gathered.addHeader(entryHeader(target, entry, layer));
    if (entry.type === 'directory') done.add(target);
    if (entry.type === 'file') yield* content(gathered, entry.file, entry.sizeBytes);
  }
  yield* gathered.flush();
}

/** Folders that the plan leaves out (a wildcard, an exception of .dockerignore) but its entries need. */
function* addMissingFolders(
  gathered: Gatherer,
  target: string,
  { done, layer }: { done: Set<string>; layer: CopyLayer },
): Generator<Buffer> {
  if (done.has(target.slice(0, target.lastIndexOf('/')))) return; // as for most files
  const parts = target.split('/').slice(1, -1);
  for (let length = 1; length <= parts.length; length += 1) {
    const path = `/${parts.slice(0, length).join('/')}`;
    if (done.has(path)) continue;
    done.add(path);
    yield* gathered.addHeader(
      folderHeader({ path, mode: NEW_FOLDER_MODE, mtimeNs: nowNs(), ...layer.owner }),
    );
  }
}

const relative = (path: string) => path.replace(/^\/+/, '');

export function folderHeader({ path, mode, uid, gid, mtimeNs }: Folder): TarHeader {
  return { ...emptyHeader, name: relative(path), type: 'directory', mode, uid, gid, mtimeNs };
}

function entryHeader(target: string, entry: ContextFile, layer: CopyLayer): TarHeader {
  const { type, mtimeNs, linkTarget, uid, gid } = entry;
  const { mode } = layer;
  const owner = layer.keepsOwners ? { uid, gid } : layer.owner;
  // whole seconds as in Docker's layers: a fraction takes two blocks more for each file
  const base = {
    ...emptyHeader,
    ...owner,
    name: relative(target),
    type,
    mtimeNs: mtimeNs - (mtimeNs % SECOND_NS),
  };
  if (type === 'symlink') return { ...base, mode: 0o777, linkName: linkTarget };
  const [devMajor = 0, devMinor = 0] = entry.device?.split(',').map(Number) ?? [];
  return {
    ...base,
    devMajor,
    devMinor,
    mode: mode?.(entry.mode, type === 'directory') ?? entry.mode,
    sizeBytes: entry.sizeBytes,
    xattrs: entry.xattrs ?? emptyHeader.xattrs,
  };
}

const linkHeader = (target: string, first: string, file: TarHeader): TarHeader => ({
  ...file,
  name: relative(target),
  type: 'hardlink',
  linkName: relative(first),
  sizeBytes: 0,
  xattrs: emptyHeader.xattrs,
});

function* content(gathered: Gatherer, path: string, sizeBytes: number): Generator<Buffer> {
  const descriptor = openContextFile(path);
  try {
    for (let left = sizeBytes; left > 0; ) {
      const space = gathered.space();
      const length = readSync(descriptor, space, 0, Math.min(space.length, left), null);
      if (length === 0) throw new Error(`${path} became shorter while it was read`);
      left -= length;
      yield* gathered.take(length);
    }
  } finally {
    closeSync(descriptor);
  }
  yield* gathered.addPadding(sizeBytes);
}

/** Collects pieces into chunks, so that thousands of small files make few writes. */
class Gatherer {
  private readonly writer: Awaited<ReturnType<typeof tarWriter>>;
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private used = 0;

  constructor(writer: Awaited<ReturnType<typeof tarWriter>>) {
    this.writer = writer;
  }

  addHeader(header: TarHeader): Generator<Buffer> {
    return this.add(this.writer.encodeTarHeader(header));
  }

  addPadding(sizeBytes: number): Generator<Buffer> {
    return this.add(this.writer.tarPadding(sizeBytes));
  }

  /** Room to read into; at least one byte. */
  space(): Buffer {
    return this.chunk.subarray(this.used);
  }

  *take(length: number): Generator<Buffer> {
    this.used += length;
    if (this.used === this.chunk.length) yield* this.flush();
  }

  private *add(piece: Buffer): Generator<Buffer> {
    for (let offset = 0; offset < piece.length; ) {
      const length = piece.copy(this.chunk, this.used, offset);
      offset += length;
      yield* this.take(length);
    }
  }

  *flush(): Generator<Buffer> {
    if (this.used === 0) return;
    yield this.chunk.subarray(0, this.used);
    this.chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    this.used = 0;
  }
}
