/** What the build cache holds and takes of the disk. */
import type { Context } from '../context.ts';
import { imageDocuments } from '../images/records.ts';
import type { BuildCacheItem } from '../types/system.ts';
import { type CacheRecord, cacheDocuments } from './cache.ts';
import { type CacheMount, cacheMounts } from './cache-mounts.ts';
import { oldestBuildMs } from './running.ts';

/** Steps, oldest use first, then the folders of RUN --mount=type=cache. Sizes of folders are measured. Images that are `gone` share nothing. Throws an AbortError. */
export async function cacheItems(
  ctx: Context,
  signal?: AbortSignal,
  gone: ReadonlySet<string> = new Set(),
): Promise<BuildCacheItem[]> {
  const oldest = oldestBuildMs(ctx);
  const ofImages = new Set(
    imageDocuments(ctx)
      .all()
      .filter(({ Id }) => !gone.has(Id))
      .flatMap(({ layers }) => layers.map(({ diffId }) => diffId)),
  );
  const steps = cacheSteps(ctx).map((step) =>
    stepItem(step, { oldest, isShared: ofImages.has(step.layer.diffId) }),
  );
  const mounts: BuildCacheItem[] = [];
  for (const mount of await cacheMounts(ctx, signal)) mounts.push(mountItem(mount, oldest));
  return [...steps, ...mounts].sort((a, b) => (usedAt(a) < usedAt(b) ? -1 : usedAt(a) > usedAt(b) ? 1 : 0));
}

const usedAt = ({ LastUsedAt, CreatedAt }: BuildCacheItem): string => LastUsedAt ?? CreatedAt;

/** One record a step: shortcuts to a step count as uses of it. */
export function cacheSteps(ctx: Context): CacheRecord[] {
  const steps = new Map<string, CacheRecord>();
  for (const record of cacheDocuments(ctx).all()) {
    const key = record.contentKey ?? record.key;
    const other = steps.get(key);
    steps.set(key, {
      ...(other ?? record),
      key,
      createdAt: Math.min(record.createdAt, other?.createdAt ?? record.createdAt),
      lastUsedAt: Math.max(record.lastUsedAt, other?.lastUsedAt ?? 0),
      usageCount: Math.max(record.usageCount ?? 1, other?.usageCount ?? 1),
    });
  }
  return [...steps.values()];
}

const timeText = (ms: number): string => new Date(ms).toISOString();

function stepItem(
  { key, layer, createdBy, createdAt, lastUsedAt, usageCount = 1 }: CacheRecord,
  { oldest, isShared }: { oldest: number; isShared: boolean },
): BuildCacheItem {
  return {
    ID: key,
    Parent: '',
    Type: 'regular',
    Description: createdBy,
    InUse: lastUsedAt >= oldest,
    Shared: isShared,
    Size: layer.sizeBytes + layer.blob.size,
    CreatedAt: timeText(createdAt),
    LastUsedAt: timeText(lastUsedAt),
    UsageCount: usageCount,
  };
}

function mountItem(
  { name, id, bytes, createdAt, lastUsedAt, isHeld }: CacheMount,
  oldest: number,
): BuildCacheItem {
  return {
    ID: name,
    Parent: '',
    Type: 'exec.cachemount',
    Description: `cached mount ${id} from exec`,
    InUse: isHeld || lastUsedAt >= oldest,
    Shared: false,
    Size: bytes,
    CreatedAt: timeText(createdAt),
    LastUsedAt: timeText(lastUsedAt),
    UsageCount: 1,
  };
}
