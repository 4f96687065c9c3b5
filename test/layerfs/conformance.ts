/**
 * What every layer store must do, whatever it keeps on disk. A store's test file calls `layerStoreConformance` with the function
 * that opens it. Looks at results only through mounts and archives. Needs root.
 */
import { describe } from 'vitest';
import type { LayerStore } from '../../src/layerfs/index.ts';
import { areaTests } from './conformance/areas.ts';
import { metadataTests, whiteoutTests } from './conformance/content.ts';
import { diffTarTests, diffTests } from './conformance/diffs.ts';
import { layerTests } from './conformance/layers.ts';
import { useStore } from './conformance/store.ts';

export function layerStoreConformance(name: string, open: (root: string) => Promise<LayerStore>): void {
  describe(name, () => {
    const use = useStore(open);
    describe('layers', () => layerTests(use));
    describe('whiteouts', () => whiteoutTests(use));
    describe('what a layer keeps', () => metadataTests(use));
    describe('areas', () => areaTests(use));
    describe('diff', () => diffTests(use));
    describe('diffTar', () => diffTarTests(use));
  });
}
