/** The members of an ADDed archive where Docker unpacks them: the destination is their root, whatever names and symlinks say. */
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import {
  decompress,
  encodeTarHeader,
  encodeTarMember,
  type PathEntry,
  readTar,
  type TarHeader,
} from '../../layerfs/index.ts';
import { EngineError } from '../errors.ts';
import { diskPath } from './context-files.ts';
import { type Folder, folderHeader, NEW_FOLDER_MODE, nowNs, type Owner } from './copy-layer.ts';

export interface Destination {
  /** absolute in the image, symlinks followed */
  folder: string;
  /** for all members; their own when absent */
  owner?: Owner;
  /** What the image has at an absolute path itself, no symlink followed. */
  entryAt(path: string): Promise<PathEntry | undefined>;
}

/** The members as a tar without end. Throws INVALID_ARGUMENT for one behind a symlink that leads nowhere, DATA_LOSS. */
export async function* membersOf(file: string, to: Destination): AsyncGenerator<Buffer, void, void> {
  const places = new Places(to);
  const stream = await decompress(createReadStream(diskPath(file)));
  for await (const { packed, content: _, ...entry } of readTar(stream as AsyncIterable<Buffer>)) {
    const parts = partsOf(entry.name);
    if (parts.length === 0) continue; // the archive's root is the destination
    const { path, folders } = await places.find(parts);
    for (const folder of folders.values()) yield encodeTarHeader(folderHeader(folder));
    const isHardlink = entry.type === 'hardlink';
    const linkName = isHardlink
      ? places.inLayer((await places.find(partsOf(entry.linkName))).path)
      : entry.linkName;
    await places.note(path, entry, folders.keys());
    yield* encodeTarMember({ ...entry, ...to.owner, name: places.inLayer(path), linkName }, packed);
  }
}

/** As the kernel's limit for one lookup. */
const SYMLINK_LIMIT = 40;

/** What a member's way leads over. */
type Known = Pick<PathEntry, 'type' | 'linkTarget'> & Partial<PathEntry>;

const NEW_FOLDER: Known = { type: 'directory', linkTarget: '' };

/** Follows the symlinks on the members' ways: the archive's own, and below the destination the image's. Paths are relative to it. */
class Places {
  readonly #to: Destination;
  readonly #known = new Map<string, Known | undefined>();
  /** folders that are in the layer already */
  readonly #made = new Set<string>();

  constructor(to: Destination) {
    this.#to = to;
  }

  inLayer(path: string): string {
    return `${this.#to.folder}/${path}`.replace(/^\/+/, '');
  }

  /** Where a member lies, and the folders above it that the layer hasn't yet: as they are in the image, or new. */
  async find(parts: readonly string[]): Promise<{ path: string; folders: ReadonlyMap<string, Folder> }> {
    const left = parts.slice(0, -1).toReversed();
    const folders = new Map<string, Folder>();
    let done: string[] = [];
    for (let links = 0; left.length > 0; ) {
      const part = left.pop()!;
      if (part === '..') done = done.slice(0, -1); // of a symlink; the destination is as '/'
      if (part === '..') continue;
      const path = [...done, part].join('/');
      const known = await this.#at(path);
      if (known?.type === 'symlink') {
        links += 1;
        if (links > SYMLINK_LIMIT) throw leadsNowhere(parts, 'too many levels of symbolic links');
        if (known.linkTarget.startsWith('/')) done = [];
        left.push(...known.linkTarget.split('/').filter(isPart).toReversed());
        continue;
      }
      if (known === undefined && links > 0) throw leadsNowhere(parts, 'no such file or directory');
      done.push(part);
      if (!this.#made.has(path)) folders.set(path, this.#folder(path, known));
    }
    return { path: [...done, parts.at(-1)!].join('/'), folders };
  }

  /** A member that was written behind the folders above it. */
  async note(path: string, { type, linkName }: TarHeader, folders: Iterable<string>): Promise<void> {
    for (const folder of folders) await this.#noteFolder(folder);
    if (type === 'directory') await this.#noteFolder(path);
    else this.#known.set(path, { type: type === 'symlink' ? type : 'other', linkTarget: linkName });
  }

  /** One that the image has stays known as that: what it holds counts. */
  async #noteFolder(path: string): Promise<void> {
    this.#made.add(path);
    const before = await this.#at(path);
    if (before?.type !== 'directory') this.#known.set(path, NEW_FOLDER);
  }

  async #at(path: string): Promise<Known | undefined> {
    if (this.#known.has(path)) return this.#known.get(path);
    const isInNew = this.#known.get(path.slice(0, Math.max(0, path.lastIndexOf('/')))) === NEW_FOLDER;
    const entry = isInNew ? undefined : await this.#to.entryAt(`/${this.inLayer(path)}`);
    this.#known.set(path, entry);
    return entry;
  }

  #folder(path: string, known: Known | undefined): Folder {
    const before: Partial<Folder> = known ?? this.#to.owner ?? {};
    const { mode = NEW_FOLDER_MODE, uid = 0, gid = 0, mtimeNs = nowNs() } = before;
    return { path: `/${this.inLayer(path)}`, mode, uid, gid, mtimeNs };
  }
}

const isPart = (part: string) => part !== '' && part !== '.';

const partsOf = (name: string) => posix.normalize(`/${name}`).split('/').filter(isPart);

const leadsNowhere = (parts: readonly string[], why: string) =>
  new EngineError('INVALID_ARGUMENT', `unpack ${JSON.stringify(parts.join('/'))}: ${why}`, {
    hint: 'a symlink of the archive or the image leads to a folder that is not below the destination',
  });
