/** Removes blobs and layers that no image, container or lease uses. */
import { containerDocuments } from '../containers/records.ts';
import { openContent } from '../content/content.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { openDocuments } from '../state/documents.ts';
import { withLock } from '../state/locks.ts';
import { digestsOf, digestsOfLayer } from './digests.ts';
import { COLLECT_LOCK, leasedDigests } from './leases.ts';
import { type ImageRecord, imageDocuments } from './records.ts';

/** A cut download is kept this long for a resume. */
const KEEP_PARTIAL_MS = 7 * 24 * 3600 * 1000;

/** Bytes of layers and archives by digest (what has both has their sum), and of downloads that go on or were cut. */
export async function storeSizes(ctx: Context): Promise<{ sizes: Map<string, number>; ingestBytes: number }> {
  const { blobs: sizes, ingestBytes } = openContent(ctx.paths.content).usage();
  for (const { diffId, sizeBytes } of await (await ctx.layers()).listLayers())
    sizes.set(diffId, (sizes.get(diffId) ?? 0) + sizeBytes);
  return { sizes, ingestBytes };
}

/** Removes what is unused among `candidates`; returns the layers removed, top ones last, and the bytes of these and of the blobs. */
export async function collect(
  ctx: Context,
  candidates: ReadonlySet<string>,
): Promise<{ layers: string[]; sizeBytes: number }> {
  return withLock(ctx.state, COLLECT_LOCK, async () => {
    const content = openContent(ctx.paths.content);
    // In one transaction: who records an image writes its small blobs within one too (recordImage).
    let blobBytes = 0;
    const unused = ctx.state.write(() => {
      const used = usedDigests(ctx);
      const found = [...candidates].filter((digest) => !used.has(digest));
      blobBytes = found.reduce((sum, digest) => sum + content.remove(digest), 0);
      return found;
    });
    if (unused.length === 0) return { layers: [], sizeBytes: 0 };
    const { layers, sizeBytes } = await removeLayers(ctx, unused);
    return { layers, sizeBytes: sizeBytes + blobBytes };
  });
}

async function removeLayers(
  ctx: Context,
  unused: readonly string[],
): Promise<{ layers: string[]; sizeBytes: number }> {
  const store = await ctx.layers();
  const layers: string[] = [];
  let sizeBytes = 0;
  for (const diffId of unused) {
    const layer = await store.getLayer(diffId);
    if (layer === undefined) continue;
    try {
      await store.removeLayer(diffId);
    } catch (error) {
      // just being made a container of, which will find its image gone, and collect
      if (codeOf(error) === 'FAILED_PRECONDITION') continue;
      throw error;
    }
    layers.push(diffId);
    sizeBytes += layer.sizeBytes;
  }
  return { layers, sizeBytes };
}

/** Removes every unused blob and layer of the store, and old cut downloads: what a crash left behind. */
export async function collectAll(ctx: Context): Promise<{ layers: string[]; sizeBytes: number }> {
  const content = openContent(ctx.paths.content);
  const layers = await (await ctx.layers()).listLayers();
  const result = await collect(
    ctx,
    new Set([...(await content.list()), ...layers.map(({ diffId }) => diffId)]),
  );
  await content.sweep(KEEP_PARTIAL_MS);
  return result;
}

/** What goes: ids of images and containers, keys of the build cache's steps. */
export interface Gone {
  images?: ReadonlySet<string>;
  containers?: ReadonlySet<string>;
  steps?: ReadonlySet<string>;
}

/** What of a step's record says which digests it keeps (the builder's cache.ts). */
interface KeepingStep {
  key: string;
  contentKey?: string;
  layer: ImageRecord['layers'][number];
}

/**
 * A container keeps the layers of an image that was removed by force; the build cache keeps those of its steps; leases what is just being
 * made. What is `gone` keeps nothing.
 */
export function usedDigests(ctx: Context, { images, containers, steps }: Gone = {}): Set<string> {
  const used = leasedDigests(ctx);
  const add = (digests: readonly string[]) => {
    for (const digest of digests) used.add(digest);
  };
  for (const record of imageDocuments(ctx).all()) if (!images?.has(record.Id)) add(digestsOf(record));
  for (const { Id, Layers } of containerDocuments(ctx).all()) if (!containers?.has(Id)) add(Layers);
  for (const { key, contentKey = key, layer } of openDocuments<KeepingStep>(ctx.state, 'build-cache').all())
    if (!steps?.has(contentKey)) add(digestsOfLayer(layer));
  return used;
}
