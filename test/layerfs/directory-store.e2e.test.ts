/** The directory store keeps the contract of a layer store. */
import { describe } from 'vitest';
import { openLayerStore } from '../../src/layerfs/index.ts';
import { canMount } from '../support/requirements.ts';
import { layerStoreConformance } from './conformance.ts';

describe.skipIf(!canMount)('conformance', () => {
  layerStoreConformance('directory store', openLayerStore);
});
