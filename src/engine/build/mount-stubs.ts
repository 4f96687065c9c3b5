/** Folders and files that a RUN's container got only to carry a mount: no part of its layer (BuildKit cleans its "mount stubs" too). */
import type { LayerChange, LayerStore } from '../../layerfs/index.ts';
import { ENGINE_MOUNT_POINTS } from '../containers/mount-points.ts';
import type { LayerEntry } from './stage-state.ts';

/** The paths on the way to the mounts that the image doesn't have, the mounts themselves left out. */
export async function findStubs(
  store: LayerStore,
  layers: readonly LayerEntry[],
  targets: readonly string[],
): Promise<string[]> {
  const diffIds = layers.map(({ diffId }) => diffId);
  const stubs = new Set<string>();
  for (const target of [...targets, ...ENGINE_MOUNT_POINTS]) {
    const { path, parents } = await store.lookup(diffIds, target);
    const known = new Set(parents.map((parent) => parent.path));
    const parts = path.split('/').filter(Boolean).slice(0, -1);
    for (const [index] of parts.entries()) {
      const folder = `/${parts.slice(0, index + 1).join('/')}`;
      if (!known.has(folder)) stubs.add(folder);
    }
    stubs.add(path); // a link in the way: what the mount really lies on
  }
  return [...stubs];
}

/** Those below which nothing else was made. */
export function stubsOnly(stubs: readonly string[], changes: readonly LayerChange[]): string[] {
  const known = new Set(stubs);
  const isOwn = (path: string) =>
    !known.has(path) && !ENGINE_MOUNT_POINTS.some((point) => path === point || path.startsWith(`${point}/`));
  const own = changes.filter(({ path }) => isOwn(path)).map(({ path }) => path);
  return stubs.filter((stub) => !own.some((path) => path.startsWith(`${stub}/`)));
}
