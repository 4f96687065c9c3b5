/** The directory store: one directory per layer, stacked with overlayfs. Works on every kernel. */
import { LayerError } from '../errors.ts';
import { holdData } from '../hold.ts';
import type { DiffId, LayerStore } from '../store.ts';
import { deleteLayer, hasLayer, listLayerRecords, readLayer } from './layers.ts';
import { type Layout, openLayout, storageError, sweepOwned } from './layout.ts';

/**
 * Opens the store below `root`, creating it, and ends removals that were killed. What only long operations need is loaded by them.
 * Throws PERMISSION_DENIED; everything that the store throws is a LayerError.
 */
export async function openDirectoryStore(root: string): Promise<LayerStore> {
  const layout = openLayout(root);
  await guarded('opening the layer store', () => sweepOwned(layout.trash));
  return { ...layerCalls(layout), ...areaCalls(layout) };
}

/** Mounts and locks: not needed to look at layers. */
const areas = () => import('./areas.ts');

type LayerCalls = Pick<
  LayerStore,
  'ingest' | 'getLayer' | 'hasLayer' | 'hasLayers' | 'listLayers' | 'removeLayer' | 'audit' | 'sweep'
>;

function layerCalls(layout: Layout): LayerCalls {
  return {
    ingest: async (stream, options = {}) => {
      holdData(stream);
      return (await import('./ingest.ts')).ingestLayer(layout, stream, options);
    },
    getLayer: (diffId) => guarded('reading a layer', async () => readLayer(layout, diffId)),
    hasLayer: (diffId) => guarded('looking for a layer', async () => hasLayer(layout, diffId)),
    hasLayers: (diffIds) =>
      guarded('looking for layers', async () => {
        for (const diffId of diffIds) if (!hasLayer(layout, diffId)) return false;
        return true;
      }),
    listLayers: () =>
      guarded('listing layers', async () => {
        const records = listLayerRecords(layout);
        return records.map(({ diffId, sizeBytes }) => ({ diffId, sizeBytes }));
      }),
    removeLayer: (diffId) => guarded('removing a layer', () => removeUnusedLayer(layout, diffId)),
    audit: ({ repair = false } = {}) =>
      guarded('checking the layer store', async () =>
        (await import('./audit.ts')).auditStore(layout, repair),
      ),
    sweep: (keep) =>
      guarded('sweeping the layer store', async () => (await import('./sweep.ts')).sweepStore(layout, keep)),
  };
}

function areaCalls(layout: Layout): Omit<LayerStore, keyof LayerCalls> {
  return {
    lookup: async (layers, path) => (await import('./lookup.ts')).lookupPath(layout, layers, path),
    entryAt: async (layers, path) => (await import('./lookup.ts')).entryAt(layout, layers, path),
    readFile: async (layers, file) => (await import('./lookup.ts')).readLayerFile(layout, layers, file),
    createArea: (key, layers, fixtures = []) =>
      guarded(`creating area ${key}`, async () =>
        (await areas()).createArea(layout, { key, layers, fixtures }),
      ),
    hasArea: (key) =>
      guarded(`reading area ${key}`, async () => (await areas()).findArea(layout, key) !== undefined),
    areaPaths: (key) => guarded(`reading area ${key}`, async () => (await areas()).areaPaths(layout, key)),
    removeArea: (key) => guarded(`removing area ${key}`, async () => (await areas()).removeArea(layout, key)),
    mount: (key, { holder }) =>
      guarded(`mounting area ${key}`, async () => (await areas()).mountArea(layout, key, holder)),
    unmount: (key, { holder }) =>
      guarded(`unmounting area ${key}`, async () => (await areas()).unmountArea(layout, key, holder)),
    diff: (key) =>
      guarded(`comparing area ${key}`, async () => (await import('./diff.ts')).areaDiff(layout, key)),
    diffTar: (key, options = {}) =>
      guarded(`reading area ${key}`, async () =>
        (await import('./diff-tar.ts')).areaDiffTar(layout, key, options),
      ),
    areaUsage: (key, signal) =>
      guarded(`measuring area ${key}`, async () => (await areas()).areaBytes(layout, key, signal)),
  };
}

async function removeUnusedLayer(layout: Layout, diffId: DiffId): Promise<void> {
  const { withUsedLayers } = await areas();
  await withUsedLayers(layout, async (used) => {
    if (used.has(diffId))
      throw new LayerError('FAILED_PRECONDITION', `layer ${diffId} is in use`, {
        hint: 'remove the containers that stand on it first',
      });
    await deleteLayer(layout, diffId);
  });
}

async function guarded<T>(doing: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    throw storageError(error, doing);
  }
}
