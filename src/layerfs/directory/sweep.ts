/** Removes what crashes left behind. */
import { LayerError } from '../errors.ts';
import type { DiffId } from '../store.ts';
import { findArea, listAreas, releaseArea, removeArea, withUsedLayers } from './areas.ts';
import { deleteLayer, listLayerRecords } from './layers.ts';
import { type Layout, sweepOwned } from './layout.ts';
import { isAlive } from './owner.ts';

/** See LayerStore.sweep. */
export async function sweepStore(
  layout: Layout,
  keep: { areas: ReadonlySet<string>; layers: ReadonlySet<DiffId> } | undefined,
): Promise<void> {
  for (const directory of [layout.ingest, layout.trash]) await sweepOwned(directory);
  if (keep === undefined) return;
  for (const key of listAreas(layout)) {
    const unwanted = !keep.areas.has(key) && !isAlive(await creatorOf(layout, key));
    await (unwanted ? removeArea(layout, key) : releaseArea(layout, key));
  }
  await withUsedLayers(layout, async (used) => {
    for (const { diffId, owner } of listLayerRecords(layout)) {
      if (!keep.layers.has(diffId) && !used.has(diffId) && !isAlive(owner)) await deleteLayer(layout, diffId);
    }
  });
}

/** '' when its record is missing or damaged. */
async function creatorOf(layout: Layout, key: string): Promise<string> {
  try {
    return findArea(layout, key)?.owner ?? '';
  } catch (error) {
    if (error instanceof LayerError && error.code === 'DATA_LOSS') return '';
    throw error;
  }
}
