/** What an area's upper directory changes, as `docker diff` tells it. */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerChange } from '../store.ts';
import { fromBytes, toBytes } from '../tar/text.ts';
import { archiveDirectory } from './archive.ts';
import { readArea } from './areas.ts';
import { areaPath, isMissing, type Layout } from './layout.ts';
import { bytesAt, isWhiteout, joinName, LowerLayers } from './lower-layers.ts';

/** See LayerStore.diff. */
export async function areaDiff(layout: Layout, key: string): Promise<LayerChange[]> {
  const { lower } = readArea(layout, key);
  const upper = join(areaPath(layout, key), 'upper');
  const lowers = await LowerLayers.open(layout, lower);
  const changes: LayerChange[] = [];
  const merged: string[] = [];
  await walk({ upper, lowers, changes, merged }, '');
  for (const name of await opaqueAmong(upper, merged)) changes.push(...(await hiddenBy(name, upper, lowers)));
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Walk {
  upper: string;
  lowers: LowerLayers;
  changes: LayerChange[];
  /** directories that exist in upper and below: only those can be opaque with a meaning */
  merged: string[];
}

async function walk(state: Walk, directory: string): Promise<void> {
  for (const entry of await entriesOf(state.upper, directory)) {
    const name = joinName(directory, fromBytes(entry.name));
    if (entry.isCharacterDevice() && isWhiteout(await lstat(bytesAt(state.upper, name)))) {
      state.changes.push({ path: `/${name}`, kind: 'deleted' });
      continue;
    }
    const below = await state.lowers.has(name);
    state.changes.push({ path: `/${name}`, kind: below ? 'modified' : 'added' });
    if (!entry.isDirectory()) continue;
    if (below) state.merged.push(name);
    await walk(state, name);
  }
}

/** Node cannot read extended attributes: GNU tar tells which directories are opaque. */
async function opaqueAmong(upper: string, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const opaque: string[] = [];
  for await (const entry of archiveDirectory(upper, { only: names.map((name) => toBytes(`./${name}`)) })) {
    if (entry.xattrs.get('trusted.overlay.opaque')?.toString() === 'y')
      opaque.push(entry.name.replace(/^\.\//, '').replace(/\/$/, ''));
  }
  return opaque;
}

/** What lower layers have in `directory` and an opaque upper one does not: gone. */
async function hiddenBy(directory: string, upper: string, lowers: LowerLayers): Promise<LayerChange[]> {
  const own = new Set((await entriesOf(upper, directory)).map((entry) => fromBytes(entry.name)));
  const gone = [...(await lowers.list(directory))].filter((name) => !own.has(name));
  return gone.map((name) => ({ path: `/${directory}/${name}`, kind: 'deleted' as const }));
}

async function entriesOf(upper: string, directory: string): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(bytesAt(upper, directory), { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (isMissing(error)) return []; // removed meanwhile
    throw error;
  }
}
