/** The directory store: one directory per layer, stacked with overlayfs. Works on every kernel. */
import { LayerError } from '../errors.ts';
import { holdData } from '../hold.ts';
import type { LayerStore } from '../store.ts';
import {
  areaBytes,
  createArea,
  findArea,
  mountArea,
  removeArea,
  unmountArea,
  withUsedLayers,
} from './areas.ts';
import { deleteLayer, listLayerRecords, readLayer } from './layers.ts';
import { openLayout } from './layout.ts';

/** Opens the store below `root`, creating it. What only long operations need is loaded by them. */
export async function openDirectoryStore(root: string): Promise<LayerStore> {
  const layout = await openLayout(root);
  return {
    ingest: async (stream, options = {}) => {
      holdData(stream);
      return (await import('./ingest.ts')).ingestLayer(layout, stream, options);
    },
    getLayer: (diffId) => readLayer(layout, diffId),
    listLayers: async () =>
      (await listLayerRecords(layout)).map(({ diffId, sizeBytes }) => ({ diffId, sizeBytes })),
    removeLayer: (diffId) =>
      withUsedLayers(layout, async (used) => {
        if (used.has(diffId))
          throw new LayerError('FAILED_PRECONDITION', `layer ${diffId} is in use`, {
            hint: 'remove the containers that stand on it first',
          });
        await deleteLayer(layout, diffId);
      }),
    createArea: (key, layers) => createArea(layout, key, layers),
    hasArea: async (key) => (await findArea(layout, key)) !== undefined,
    removeArea: (key) => removeArea(layout, key),
    mount: (key, { holder }) => mountArea(layout, key, holder),
    unmount: (key, { holder }) => unmountArea(layout, key, holder),
    diff: async (key) => (await import('./diff.ts')).areaDiff(layout, key),
    diffTar: async (key, options = {}) => (await import('./diff-tar.ts')).areaDiffTar(layout, key, options),
    areaUsage: (key) => areaBytes(layout, key),
    sweep: async (keep) => (await import('./sweep.ts')).sweepStore(layout, keep),
  };
}
