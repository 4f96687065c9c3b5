/** Writable areas: created on a stack of layers, mounted while somebody holds them. */
import { chmodSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { LayerError } from '../errors.ts';
import type { AreaPaths, DiffId, Fixture } from '../store.ts';
import { treeBytes } from '../tree-bytes.ts';
import { makeFixtures } from './fixtures.ts';
import { addHolder, clearHolders, hasHolders, removeHolder } from './holders.ts';
import { linkLayer, readLayerRecord } from './layers.ts';
import {
  AREA_KEY,
  areaPath,
  discard,
  type Layout,
  ownedName,
  readRecord,
  storageError,
  writeRecord,
} from './layout.ts';
import { withFileLock } from './locks.ts';
import { isMounted, mountOverlay, mountsBelow, unmountPath } from './mounts.ts';
import { ownOwner } from './owner.ts';
import { removeTree } from './program.ts';

/** areas/KEY/area.json */
export interface AreaRecord {
  /** bottom first, as given */
  layers: DiffId[];
  /** paths from `l/`, topmost first, as overlayfs wants them: names of layers, before them the area's fixtures */
  lower: string[];
  /** the process that created it, see owner.ts */
  owner: string;
}

/** Docker's limit too (overlay2: 128 lower directories with the container's init layer). */
const LAYER_LIMIT = 127;

/** Guards what areas and layers say about each other. */
const LAYERS_LOCK = 'layers';

interface NewArea {
  key: string;
  layers: readonly DiffId[];
  fixtures: readonly Fixture[];
}

export async function createArea(layout: Layout, { key, layers, fixtures }: NewArea): Promise<void> {
  const path = areaPath(layout, key);
  if (layers.length > LAYER_LIMIT)
    throw new LayerError(
      'FAILED_PRECONDITION',
      `max depth exceeded: ${layers.length} layers, ${LAYER_LIMIT} at most`,
    );
  await withFileLock(layout, LAYERS_LOCK, async () => {
    const lower = lowerNames(layout, layers);
    const staging = ownedName(layout.trash);
    const record = { layers: [...layers], lower, owner: ownOwner() };
    try {
      if (fixtures.length > 0) record.lower = [`../areas/${key}/fixtures`, ...lower];
      await buildArea(staging, record);
      if (fixtures.length > 0)
        makeFixtures(
          join(staging, 'fixtures'),
          lower.map((name) => join(layout.links, name)),
          fixtures,
        );
      renameSync(staging, path);
    } catch (error) {
      await removeTree(staging);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST')
        throw new LayerError('ALREADY_EXISTS', `area ${key} exists already`);
      throw storageError(error, `creating area ${key}`);
    }
  });
}

async function buildArea(path: string, record: AreaRecord): Promise<void> {
  mkdirSync(path, { mode: 0o700 });
  // upper becomes the root directory that the container sees
  mkdirSync(join(path, 'upper'));
  chmodSync(join(path, 'upper'), 0o755); // whatever the umask
  mkdirSync(join(path, 'work'), { mode: 0o700 });
  mkdirSync(join(path, 'root'), { mode: 0o700 });
  await writeRecord(join(path, 'area.json'), record);
}

/**
 * Topmost first. overlayfs refuses a directory that is given twice: of equal layers only the topmost stays, it hides all that
 * the others have. Nothing below a layer with an opaque root is seen.
 */
function lowerNames(layout: Layout, layers: readonly DiffId[]): string[] {
  const names: string[] = [];
  for (const diffId of layers.toReversed()) {
    const record = readLayerRecord(layout, diffId);
    if (record === undefined)
      throw new LayerError('NOT_FOUND', `layer ${diffId} is not in the store`, {
        hint: 'pull the image again',
      });
    const name = linkLayer(layout, diffId);
    if (!names.includes(name)) names.push(name);
    if (record.opaque.includes('')) break;
  }
  return names;
}

/** Throws NOT_FOUND. */
export function readArea(layout: Layout, key: string): AreaRecord {
  const record = findArea(layout, key);
  if (record === undefined) throw new LayerError('NOT_FOUND', `area ${key} does not exist`);
  return record;
}

export function findArea(layout: Layout, key: string): AreaRecord | undefined {
  return readRecord(join(areaPath(layout, key), 'area.json')) as AreaRecord | undefined;
}

export function areaPaths(layout: Layout, key: string): AreaPaths | undefined {
  const record = findArea(layout, key);
  if (record === undefined) return undefined;
  const path = areaPath(layout, key);
  return {
    lower: record.lower.map((name) => join(layout.links, name)),
    upper: join(path, 'upper'),
    work: join(path, 'work'),
    merged: join(path, 'root'),
  };
}

export async function mountArea(layout: Layout, key: string, holder: string): Promise<string> {
  const path = areaPath(layout, key);
  const target = join(path, 'root');
  await withFileLock(layout, `area ${key}`, async () => {
    const { lower, layers } = readArea(layout, key);
    const mounted = isMounted(target);
    if (!mounted) clearHolders(path);
    // the holder first: a crash in between leaves a name without a mount, which heals itself, not a mount without a name
    addHolder(path, holder);
    if (mounted) return;
    try {
      await mountOverlay({
        cwd: layout.links,
        lower: lower.length === 0 ? ['../empty'] : lower,
        upper: `../areas/${key}/upper`,
        work: `../areas/${key}/work`,
        target,
      });
    } catch (error) {
      removeHolder(path, holder);
      checkLayers(layout, layers);
      throw error;
    }
  });
  return target;
}

/** Mount only says that something is not there. */
function checkLayers(layout: Layout, layers: readonly DiffId[]): void {
  const lost = layers.find((diffId) => readLayerRecord(layout, diffId) === undefined);
  if (lost === undefined) return;
  throw new LayerError('DATA_LOSS', `layer ${lost} is not in the store any more`, {
    hint: 'pull the image again',
  });
}

export async function unmountArea(layout: Layout, key: string, holder: string): Promise<void> {
  const path = areaPath(layout, key);
  await withFileLock(layout, `area ${key}`, async () => {
    removeHolder(path, holder);
    await unmountUnheld(path);
  });
}

/** Unmounts unless somebody holds it. */
async function unmountUnheld(path: string): Promise<void> {
  const target = join(path, 'root');
  if (isMounted(target)) {
    if (!hasHolders(path)) await unmountPath(target);
  } else {
    clearHolders(path);
  }
}

/** Missing areas are no error. */
export async function removeArea(layout: Layout, key: string): Promise<void> {
  const path = areaPath(layout, key);
  await withFileLock(layout, `area ${key}`, async () => {
    for (const point of mountsBelow(path)) await unmountPath(point);
    await discard(layout, path);
  });
}

/** Unmounts what only dead processes held. */
export async function releaseArea(layout: Layout, key: string): Promise<void> {
  const path = areaPath(layout, key);
  await withFileLock(layout, `area ${key}`, () => unmountUnheld(path));
}

export function listAreas(layout: Layout): string[] {
  return readdirSync(layout.areas)
    .filter((name) => AREA_KEY.test(name))
    .sort();
}

/** The diffIDs that areas stand on; `fn` runs while none can be created. */
export async function withUsedLayers<T>(
  layout: Layout,
  fn: (used: ReadonlySet<DiffId>) => Promise<T>,
): Promise<T> {
  return await withFileLock(layout, LAYERS_LOCK, async () => {
    const used = new Set<DiffId>();
    for (const key of listAreas(layout)) {
      for (const diffId of findArea(layout, key)?.layers ?? []) used.add(diffId);
    }
    return await fn(used);
  });
}

/** Bytes of the upper directory's files, each inode once, as `docker ps --size` counts. Throws NOT_FOUND. */
export async function areaBytes(layout: Layout, key: string, signal?: AbortSignal): Promise<number> {
  readArea(layout, key);
  return await treeBytes(join(areaPath(layout, key), 'upper'), signal);
}
