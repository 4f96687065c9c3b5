/** What every container finds in its root, whatever its image: a directory between the image's layers and the area. */
import { chmodSync, chownSync, lstatSync, mkdirSync, type Stats, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fixture } from '../store.ts';
import type { LayerRecord } from './layers.ts';
import { isMissing, readRecord } from './layout.ts';

interface Lower {
  path: string;
  opaque: readonly string[];
}

/**
 * Fills `target` as moby's layer/initlayer does: what is no directory in the layers gives way, also on the way to it; a directory
 * stays. `layers` are their directories, topmost first. Extended attributes of directories on the way are not taken over.
 */
export function makeFixtures(target: string, layers: readonly string[], fixtures: readonly Fixture[]): void {
  // no path.join: the kernel must follow a link before it goes up
  const lowers = layers.map((path) => ({ path, opaque: recordOf(`${path}/../layer.json`)?.opaque ?? [] }));
  mkdirSync(target, { mode: 0o755 });
  const made = new Set<string>();
  for (const { path, type, link = '' } of fixtures) {
    const parts = partsOf(path);
    const name = parts.pop()!;
    for (const parent of parts) makeFolder(target, lowers, { name: parent, made });
    if (made.has(name) || folderIn(lowers, name) !== undefined) continue;
    const file = join(target, name);
    if (type === 'directory') makeFolder(target, lowers, { name, made });
    else if (type === 'symlink') symlinkSync(link, file);
    else {
      writeFileSync(file, '', { flag: 'wx' });
      chmodSync(file, 0o755); // whatever the umask
    }
  }
}

/** With the owner and mode of the layers' one, which it merges with. */
function makeFolder(
  target: string,
  lowers: readonly Lower[],
  { name, made }: { name: string; made: Set<string> },
): void {
  if (made.has(name)) return;
  made.add(name);
  const below = folderIn(lowers, name);
  const folder = join(target, name);
  mkdirSync(folder);
  if (below !== undefined) chownSync(folder, below.uid, below.gid);
  chmodSync(folder, (below?.mode ?? 0o755) & 0o7777);
}

const recordOf = (file: string) => readRecord(file) as LayerRecord | undefined;

/** The directory that the topmost layer with this path has; undefined when that is something else, or hidden from above. */
function folderIn(lowers: readonly Lower[], name: string): Stats | undefined {
  for (const { path, opaque } of lowers) {
    let isHidden = false;
    for (const part of partsOf(name)) {
      const stat = statOf(join(path, part));
      if (stat === undefined) break;
      if (!stat.isDirectory()) return undefined;
      if (part === name) return stat;
      isHidden ||= opaque.includes(part);
    }
    if (isHidden) return undefined;
  }
  return undefined;
}

/** 'a/b/c' → 'a', 'a/b', 'a/b/c' */
function partsOf(name: string): string[] {
  const parts = name.split('/').filter(Boolean);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

function statOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
