/** The members of an ADDed archive where Docker unpacks them: the destination is their root, whatever names and symlinks say. */
import { posix } from 'node:path';
import { decompress, readTar, type TarHeader, tarWriter } from '../../layerfs/index.ts';
import { EngineError } from '../errors.ts';
import { type Found, Places, type PlacesOptions } from './archive-places.ts';
import type { ContextFile } from './context-files.ts';
import { streamContextFile } from './context-open.ts';
import { folderHeader, type Owner } from './copy-layer.ts';
import type { PlannedEntry } from './copy-plan.ts';

export interface Destination extends PlacesOptions {
  /** for all members; their own when absent */
  owner?: Owner;
  /** What `entryAt` has found, to be read. */
  fileAt(path: string): Promise<ContextFile | undefined>;
}

/** The members of all archives of an ADD: one finds what those before it brought. */
export class ArchiveMembers {
  readonly #to: Destination;
  readonly #places: Places;

  constructor(to: Destination) {
    this.#to = to;
    this.#places = new Places(to);
  }

  /** What the same ADD has copied before. */
  async noteCopied(entries: readonly PlannedEntry<ContextFile>[]): Promise<void> {
    const prefix = this.#to.folder === '/' ? 1 : this.#to.folder.length + 1;
    for (const { target, entry } of entries)
      await this.#places.note(target.slice(prefix), { type: entry.type, linkName: entry.linkTarget });
  }

  /**
   * The members as a tar without end. Throws INVALID_ARGUMENT for one behind a symlink that leads nowhere and a hard link to what is
   * neither in the layer nor in the image, DATA_LOSS.
   */
  async *of(file: string): AsyncGenerator<Buffer, void, void> {
    const { encodeTarHeader, encodeTarMember } = await tarWriter();
    const stream = await decompress(streamContextFile(file));
    for await (const { packed, content: _, ...entry } of readTar(stream as AsyncIterable<Buffer>)) {
      const parts = partsOf(entry.name);
      if (parts.length === 0) continue; // the archive's root is the destination
      const { path, folders } = await this.#places.find(parts);
      for (const folder of folders.values()) yield encodeTarHeader(folderHeader(folder));
      for (const folder of folders.keys()) await this.#places.noteFolder(folder);
      const own = { ...entry, ...this.#to.owner, name: this.#places.inLayer(path) };
      if (entry.type === 'hardlink') own.linkName = yield* this.#linkTarget(path, own);
      await this.#places.note(path, own);
      yield* encodeTarMember(own, packed);
    }
  }

  /** Where a hard link leads in the layer; a file of the image comes into the layer for it, as overlayfs copies it up for link(2). */
  async *#linkTarget(path: string, link: TarHeader): AsyncGenerator<Buffer, string, void> {
    const parts = partsOf(link.linkName);
    const target = await this.#places.find(parts);
    const name = this.#places.inLayer(target.path);
    const known = parts.length === 0 ? ROOT : await this.#places.at(target.path);
    if (known?.isInLayer) return name;
    if (known?.type === 'directory') throw badLink(path, parts, 'operation not permitted');
    // what the link replaces is gone before it is made
    const isReplaced = target.path === path || target.path.startsWith(`${path}/`);
    const file = known === undefined || isReplaced ? undefined : await this.#to.fileAt(`/${name}`);
    if (file === undefined) throw badLink(path, parts, 'no such file or directory');
    yield* this.#copyUp(file, target, { ...link, name });
    return name;
  }

  /** With what the link says of the file, as Docker gives it to all of its names; a symlink keeps its time. */
  async *#copyUp(file: ContextFile, { path, folders }: Found, header: TarHeader): AsyncGenerator<Buffer> {
    const { encodeTarHeader, encodeTarMember } = await tarWriter();
    const { type, sizeBytes, linkTarget, mtimeNs } = file;
    for (const folder of folders.values()) yield encodeTarHeader(folderHeader(folder));
    for (const folder of folders.keys()) await this.#places.noteFolder(folder);
    const [devMajor = 0, devMinor = 0] = file.device?.split(',').map(Number) ?? [];
    const own = { ...header, type, sizeBytes, linkName: linkTarget, devMajor, devMinor };
    await this.#places.note(path, own);
    if (type === 'symlink') yield encodeTarHeader({ ...own, mode: 0o777, mtimeNs });
    else yield* encodeTarMember(own, type === 'file' ? contentOf(file) : undefined);
  }
}

const ROOT = { type: 'directory', isInLayer: false } as const;

async function* contentOf({ file }: ContextFile): AsyncGenerator<Buffer> {
  yield* streamContextFile(file);
}

const isPart = (part: string) => part !== '' && part !== '.';

const partsOf = (name: string) => posix.normalize(`/${name}`).split('/').filter(isPart);

const badLink = (path: string, target: readonly string[], why: string) =>
  new EngineError(
    'INVALID_ARGUMENT',
    `unpack ${JSON.stringify(path)}: link to ${JSON.stringify(target.join('/'))}: ${why}`,
    {
      hint: 'a hard link of an archive leads to a file of the archive or of the image, below the destination',
    },
  );
