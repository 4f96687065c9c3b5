/** The layers below an area, as overlayfs merges them, without mounting: what was there before the area changed it. */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { fromBytes, toBytes } from '../tar/text.ts';
import type { LayerRecord } from './layers.ts';
import { isMissing, type Layout, readRecord } from './layout.ts';

interface Lower {
  /** its directory, through its name in `l/` */
  path: string;
  opaque: ReadonlySet<string>;
}

/** Paths are relative to the root, without slashes at the ends; '' is the root. */
export class LowerLayers {
  /** topmost first */
  readonly #lowers: readonly Lower[];
  /** by directory: the layers that have a part in it */
  readonly #merged = new Map<string, Promise<readonly Lower[]>>();

  private constructor(lowers: readonly Lower[]) {
    this.#lowers = lowers;
  }

  /** `names` are paths from `l/`, topmost first. */
  static async open(layout: Layout, names: readonly string[]): Promise<LowerLayers> {
    const lowers = names.map(async (name) => {
      const path = `${layout.links}/${name}`;
      // no path.join: the kernel must follow the link before it goes up
      const record = readRecord(`${path}/../layer.json`) as LayerRecord | undefined;
      return { path, opaque: new Set(record?.opaque) };
    });
    return new LowerLayers(await Promise.all(lowers));
  }

  /** Is there something at `path`? Never follows a symlink: every parent is known to be a directory. */
  async has(path: string): Promise<boolean> {
    for (const { path: root } of await this.#layersOf(parentOf(path))) {
      const stats = await statOf(root, path);
      if (stats !== undefined) return !isWhiteout(stats);
    }
    return false;
  }

  /** The names in a directory. */
  async list(directory: string): Promise<Set<string>> {
    const names = new Set<string>();
    for (const { path } of await this.#layersOf(directory)) {
      for (const name of await readdir(bytesAt(path, directory), { encoding: 'buffer' }))
        names.add(fromBytes(name));
    }
    for (const name of names) if (!(await this.has(joinName(directory, name)))) names.delete(name);
    return names;
  }

  #layersOf(directory: string): Promise<readonly Lower[]> {
    const known = this.#merged.get(directory) ?? this.#find(directory);
    this.#merged.set(directory, known);
    return known;
  }

  async #find(directory: string): Promise<readonly Lower[]> {
    if (directory === '') return this.#lowers;
    const found: Lower[] = [];
    for (const lower of await this.#layersOf(parentOf(directory))) {
      const stats = await statOf(lower.path, directory);
      if (stats === undefined) continue;
      if (!stats.isDirectory()) break;
      found.push(lower);
      if (lower.opaque.has(directory)) break;
    }
    return found;
  }
}

export function joinName(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The path of `name` below `directory`, byte for byte. */
export function bytesAt(directory: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), toBytes(name)]);
}

/** Overlayfs's mark for a deleted file. */
export function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

async function statOf(root: string, path: string): Promise<Stats | undefined> {
  try {
    return await lstat(bytesAt(root, path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
