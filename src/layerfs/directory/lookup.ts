/** Looks a path up in a stack of layers without mounting it: as overlayfs would show it, symlinks followed inside the root. */
import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerError } from '../errors.ts';
import type { DiffId, PathEntry, PathLookup, PathStat } from '../store.ts';
import { readLayerRecord } from './layers.ts';
import { hexOf, isMissing, type Layout } from './layout.ts';

/** As the kernel's limit for one lookup. */
const SYMLINK_LIMIT = 40;

/** One layer of the stack: its directory, and which of its directories hide those below. */
interface Level {
  diff: string;
  opaque: ReadonlySet<string>;
}

/** A path in the stack: its parts, and the level whose copy is seen. */
interface Seen {
  file: string;
  stat: PathStat;
}

/** See LayerStore.lookup. */
export async function lookupPath(
  layout: Layout,
  layers: readonly DiffId[],
  path: string,
): Promise<PathLookup> {
  const levels = await openLevels(layout, layers);
  const parents: PathLookup['parents'] = [];
  let done: string[] = [];
  const left = partsOf(path).toReversed();
  let last: Seen | undefined;
  for (let links = 0; left.length > 0; ) {
    const name = left.pop()!;
    if (name === '..') {
      done = done.slice(0, -1);
      parents.length = Math.min(parents.length, done.length);
      continue;
    }
    last = await see(levels, [...done, name]);
    if (last?.stat.type === 'symlink') {
      if (++links > SYMLINK_LIMIT)
        throw new LayerError('INVALID_ARGUMENT', `${path}: too many levels of symbolic links`);
      const target = await readlink(last.file);
      if (target.startsWith('/')) {
        done = [];
        parents.length = 0;
      }
      left.push(...partsOf(target).toReversed());
      continue;
    }
    done = [...done, name];
    if (last?.stat.type === 'directory') parents.push({ path: `/${done.join('/')}`, ...last.stat });
    else if (last !== undefined && left.length > 0) {
      throw new LayerError('INVALID_ARGUMENT', `/${done.join('/')} is not a directory`);
    }
  }
  const found = done.length === 0 ? undefined : await see(levels, done);
  return { path: `/${done.join('/')}`, found: found?.stat, parents };
}

/** See LayerStore.entryAt. */
export async function entryAt(
  layout: Layout,
  layers: readonly DiffId[],
  path: string,
): Promise<PathEntry | undefined> {
  const seen = await see(await openLevels(layout, layers), partsOf(path));
  if (seen === undefined) return undefined;
  return { ...seen.stat, linkTarget: seen.stat.type === 'symlink' ? await readlink(seen.file) : '' };
}

/** See LayerStore.readFile: regular files only, opened without following a link, `limitBytes` at most. */
export async function readLayerFile(
  layout: Layout,
  layers: readonly DiffId[],
  { path, limitBytes }: { path: string; limitBytes: number },
): Promise<Buffer | undefined> {
  const { path: resolved } = await lookupPath(layout, layers, path);
  const seen = await see(await openLevels(layout, layers), partsOf(resolved));
  if (seen?.stat.type !== 'file') return undefined;
  const handle = await open(seen.file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    if (size > limitBytes)
      throw new LayerError('RESOURCE_EXHAUSTED', `${path} is larger than ${limitBytes} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

const partsOf = (path: string) => path.split('/').filter((part) => part !== '' && part !== '.');

/** Top first. */
async function openLevels(layout: Layout, layers: readonly DiffId[]): Promise<Level[]> {
  const levels = await Promise.all(
    layers.map(async (diffId) => {
      const record = readLayerRecord(layout, diffId);
      if (record === undefined) throw new LayerError('NOT_FOUND', `layer ${diffId} is not in the store`);
      return { diff: join(layout.layers, hexOf(diffId), 'diff'), opaque: new Set(record.opaque) };
    }),
  );
  return levels.reverse();
}

/**
 * The copy of a path that is seen: of the highest level that has it, unless a whiteout, a file or an opaque directory above hides it
 * (kernel Documentation/filesystems/overlayfs.rst). The path's own symlink is not followed; its parents must be directories.
 */
async function see(levels: readonly Level[], parts: readonly string[]): Promise<Seen | undefined> {
  for (const { diff, opaque } of levels) {
    let isHidden = opaque.has('');
    for (let length = 1; length <= parts.length; length += 1) {
      const path = parts.slice(0, length).join('/');
      const file = join(diff, path);
      const stat = await statOf(file);
      if (stat === undefined) break;
      if (stat.type === 'whiteout') return undefined;
      if (length === parts.length) return { file, stat: stat as PathStat };
      if (stat.type !== 'directory') return undefined;
      isHidden ||= opaque.has(path);
    }
    if (isHidden) return undefined;
  }
  return undefined;
}

async function statOf(
  file: string,
): Promise<(Omit<PathStat, 'type'> & { type: PathStat['type'] | 'whiteout' }) | undefined> {
  try {
    const stat = await lstat(file, { bigint: true });
    const type = stat.isDirectory()
      ? 'directory'
      : stat.isFile()
        ? 'file'
        : stat.isSymbolicLink()
          ? 'symlink'
          : stat.isCharacterDevice() && stat.rdev === 0n
            ? 'whiteout'
            : 'other';
    return {
      type,
      mode: Number(stat.mode & 0o7777n),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      mtimeNs: stat.mtimeNs,
    };
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
