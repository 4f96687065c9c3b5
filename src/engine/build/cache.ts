/** The build cache: layers by the key of the step that made them. Its records keep the layers from being collected. */
import type { Context } from '../context.ts';
import { collect } from '../images/collect.ts';
import { openDocuments } from '../state/documents.ts';
import type { LayerEntry } from './stage-state.ts';

export interface CacheRecord {
  key: string;
  layer: LayerEntry;
  /** what made it, for `builder prune` and people */
  createdBy: string;
  /** milliseconds since 1970 */
  createdAt: number;
  lastUsedAt: number;
}

export const cacheDocuments = (ctx: Context) => openDocuments<CacheRecord>(ctx.state, 'build-cache');

/** What a step with this key made before, when its layer is still here. */
export async function findCached(ctx: Context, key: string): Promise<CacheRecord | undefined> {
  const record = cacheDocuments(ctx).get(key);
  if (record === undefined) return undefined;
  if ((await (await ctx.layers()).getLayer(record.layer.diffId)) === undefined) {
    cacheDocuments(ctx).remove(key);
    return undefined;
  }
  cacheDocuments(ctx).put(key, { ...record, lastUsedAt: Date.now() });
  return record;
}

/** Keeps a step's layer for the next build. */
export function remember(ctx: Context, step: Omit<CacheRecord, 'lastUsedAt'>): void {
  cacheDocuments(ctx).put(step.key, { ...step, lastUsedAt: step.createdAt });
}

/** `builder prune`: forgets the steps not used for so long, and removes the layers no image uses. */
export async function pruneCache(
  ctx: Context,
  options: { olderThanMs?: number } = {},
): Promise<{ CachesDeleted: string[]; SpaceReclaimed: number }> {
  const { olderThanMs = 0 } = options;
  const documents = cacheDocuments(ctx);
  const removed = documents.all().filter(({ lastUsedAt }) => Date.now() - lastUsedAt >= olderThanMs);
  for (const { key } of removed) documents.remove(key);
  const digests = new Set(removed.flatMap(({ layer }) => [layer.diffId, layer.blob.digest]));
  const { sizeBytes } = await collect(ctx, digests);
  return { CachesDeleted: removed.map(({ key }) => key), SpaceReclaimed: sizeBytes };
}
