/** Where the members of an ADDed archive lie: symlinks on their ways followed, the archive's own, and below the destination the image's. */
import type { PathEntry, TarHeader } from '../../layerfs/index.ts';
import { EngineError } from '../errors.ts';
import { type Folder, NEW_FOLDER_MODE, nowNs, type Owner } from './copy-layer.ts';

export interface PlacesOptions {
  /** absolute in the image, symlinks followed */
  folder: string;
  /** of folders that are new */
  owner?: Owner;
  /** What the image has at an absolute path itself, no symlink followed. */
  entryAt(path: string): Promise<PathEntry | undefined>;
}

/** Where a member lies, and the folders above it that the layer hasn't yet: as they are in the image, or new. */
export interface Found {
  path: string;
  folders: ReadonlyMap<string, Folder>;
}

/** As the kernel's limit for one lookup. */
const SYMLINK_LIMIT = 40;

/** What a member's way leads over. */
type Known = Pick<PathEntry, 'type' | 'linkTarget'> & Partial<PathEntry> & { isInLayer?: true };

const NEW_FOLDER: Known = { type: 'directory', linkTarget: '' };

/** All paths are relative to the destination. */
export class Places {
  readonly #to: PlacesOptions;
  readonly #known = new Map<string, Known | undefined>();
  /** folders that are in the layer already */
  readonly #made = new Set<string>();

  constructor(to: PlacesOptions) {
    this.#to = to;
  }

  inLayer(path: string): string {
    return `${this.#to.folder}/${path}`.replace(/^\/+/, '');
  }

  async find(parts: readonly string[]): Promise<Found> {
    const left = parts.slice(0, -1).toReversed();
    const folders = new Map<string, Folder>();
    let done: string[] = [];
    for (let links = 0; left.length > 0; ) {
      const part = left.pop()!;
      if (part === '..') done = done.slice(0, -1); // of a symlink; the destination is as '/'
      if (part === '..') continue;
      const path = [...done, part].join('/');
      const known = await this.at(path);
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
  async note(path: string, { type, linkName }: Pick<TarHeader, 'type' | 'linkName'>): Promise<void> {
    if (type === 'directory') return this.noteFolder(path);
    const linkTarget = type === 'symlink' ? linkName : '';
    this.#known.set(path, { type: type === 'symlink' ? type : 'other', linkTarget, isInLayer: true });
  }

  /** One that the image has stays known as that: what it holds counts. */
  async noteFolder(path: string): Promise<void> {
    this.#made.add(path);
    const before = await this.at(path);
    if (before?.type !== 'directory') this.#known.set(path, NEW_FOLDER);
  }

  /** What is there, its folders' symlinks followed; of the image only what nothing new hides. */
  async at(path: string): Promise<Known | undefined> {
    if (this.#known.has(path)) return this.#known.get(path);
    const above = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const folder = this.#known.get(above);
    const isHidden = this.#known.has(above) && (folder === NEW_FOLDER || folder?.type !== 'directory');
    const entry = isHidden ? undefined : await this.#to.entryAt(`/${this.inLayer(path)}`);
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

const leadsNowhere = (parts: readonly string[], why: string) =>
  new EngineError('INVALID_ARGUMENT', `unpack ${JSON.stringify(parts.join('/'))}: ${why}`, {
    hint: 'a symlink of the archive or the image leads to a folder that is not below the destination',
  });
