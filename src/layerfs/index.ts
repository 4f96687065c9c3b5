/** Layers on disk: knows directories, tar and mounts; knows no image, registry or container. */
export { LayerError } from './errors.ts';
export type { DiffId, IngestOptions, Layer, LayerChange, LayerStore } from './store.ts';
