/** `builder prune`: forgets steps, and removes layers and cache folders that nothing uses. */
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import { collect, collectAll } from '../images/collect.ts';
import { digestsOfLayer } from '../images/digests.ts';
import { checkFilters, fitsLabels, untilOf } from '../prune-filters.ts';
import { recordPrune } from '../state/events.ts';
import { parseTimestamp } from '../timestamps.ts';
import type { BuildPruneOptions } from '../types/build.ts';
import type { Filters } from '../types/images.ts';
import type { BuildCacheItem } from '../types/system.ts';
import { cacheDocuments } from './cache.ts';
import { removeCacheMount, sweepCacheMounts } from './cache-mounts.ts';
import { removeLastGood } from './last-good.ts';
import { forgetOldReplays } from './replays.ts';
import { oldestBuildMs } from './running.ts';
import { cacheItems, cacheSteps } from './usage.ts';

/** BuildKit's, beside its times; records of the cache have no labels. */
const FIELDS = ['id', 'type', 'description', 'inuse', 'shared'];

/**
 * Without `all`, steps of images stay (they take no room either). What a build under way uses stays. Filters: until, unused-for
 * (durations or times), label, label!, and BuildKit's id, type, description, inuse, shared. Throws INVALID_ARGUMENT.
 */
export async function prune(
  ctx: Context,
  options: BuildPruneOptions = {},
): Promise<{ CachesDeleted: string[]; SpaceReclaimed: number }> {
  const { filters = {}, signal } = options;
  check(filters);
  sweepCacheMounts(ctx);
  // they would keep their steps
  const lastGoodBytes = fitsLabels({}, filters) ? await removeLastGood(ctx, limitOf(options)) : 0;
  const result = await removeAll(ctx, await prunableCache(ctx, options), signal);
  result.SpaceReclaimed += lastGoodBytes + (await removeUnnamed(ctx));
  recordPrune(ctx.state, 'builder', result.SpaceReclaimed);
  return result;
}

/** What builds at the same time left of a step that each of them ran, unless one that runs now may have found it. */
async function removeUnnamed(ctx: Context): Promise<number> {
  if (oldestBuildMs(ctx) !== Number.POSITIVE_INFINITY) return 0;
  return (await collectAll(ctx)).sizeBytes;
}

/** What would go now; images that are `gone` keep nothing. Throws INVALID_ARGUMENT. */
export async function prunableCache(
  ctx: Context,
  options: BuildPruneOptions,
  gone: ReadonlySet<string> = new Set(),
): Promise<BuildCacheItem[]> {
  const { all = false, filters = {}, signal } = options;
  check(filters);
  const limit = limitOf(options);
  const items = await cacheItems(ctx, signal, gone);
  const doomed = items.filter(
    (item) =>
      !item.InUse &&
      (all || !item.Shared) &&
      Date.parse(item.LastUsedAt ?? item.CreatedAt) <= limit &&
      fitsLabels({}, filters) &&
      fitsFields(item, filters),
  );
  return overBytes(items, doomed, options.keepBytes ?? 0);
}

/** Those of `doomed` that must go for the cache to have `keepBytes` at most; the longest unused first. */
function overBytes(
  items: readonly BuildCacheItem[],
  doomed: readonly BuildCacheItem[],
  keepBytes: number,
): BuildCacheItem[] {
  let left = items.reduce((sum, { Size }) => sum + Size, 0);
  return doomed.filter(({ Size }) => {
    const mustGo = keepBytes <= 0 || left > keepBytes;
    if (mustGo) left -= Size;
    return mustGo;
  });
}

/** What was used later stays; milliseconds since 1970. */
function limitOf({ filters = {}, olderThanMs = 0 }: BuildPruneOptions): number {
  const limits = ['until', 'unused-for'].flatMap((name) =>
    (filters[name] ?? []).map((value) => parseTimestamp(value, name).seconds * 1000),
  );
  return Math.min(Date.now() - olderThanMs, ...limits);
}

/** Docker's words. */
function check(filters: Filters): void {
  try {
    checkFilters(filters, ['until', 'unused-for', 'label', 'label!', ...FIELDS]);
    untilOf(filters);
  } catch (error) {
    const hint = error instanceof EngineError ? error.hint : undefined;
    throw new EngineError('INVALID_ARGUMENT', `failed to prune build cache: ${messageOf(error)}`, { hint });
  }
}

async function removeAll(ctx: Context, doomed: readonly BuildCacheItem[], signal: AbortSignal | undefined) {
  const isStep = ({ Type }: BuildCacheItem) => Type === 'regular';
  const { ids, digests } = forget(ctx, new Set(doomed.filter(isStep).map(({ ID }) => ID)));
  const CachesDeleted = [...ids];
  let SpaceReclaimed = (await collect(ctx, digests)).sizeBytes;
  for (const item of doomed) {
    if (isStep(item) || signal?.aborted || !(await removeCacheMount(ctx, item.ID))) continue;
    CachesDeleted.push(item.ID);
    SpaceReclaimed += item.Size;
  }
  return { CachesDeleted, SpaceReclaimed };
}

/** In one transaction with a look at the builds under way: what one of them found meanwhile stays. */
function forget(ctx: Context, keys: ReadonlySet<string>): { ids: Set<string>; digests: Set<string> } {
  const documents = cacheDocuments(ctx);
  const ids = new Set<string>();
  const digests = new Set<string>();
  ctx.state.write(() => {
    const oldest = oldestBuildMs(ctx);
    const inUse = new Set(
      cacheSteps(ctx)
        .filter(({ lastUsedAt }) => lastUsedAt >= oldest)
        .map(({ key }) => key),
    );
    for (const { key, contentKey = key, layer } of documents.all()) {
      if (!keys.has(contentKey) || inUse.has(contentKey)) continue;
      documents.remove(key);
      ids.add(contentKey);
      for (const digest of digestsOfLayer(layer)) digests.add(digest);
    }
    if (ids.size > 0) forgetOldReplays(ctx, 0);
  });
  return { ids, digests };
}

/** BuildKit's filters: an id matches in part, the others exactly. */
function fitsFields(item: BuildCacheItem, filters: Filters): boolean {
  const values: Record<string, string> = {
    type: item.Type,
    description: item.Description,
    inuse: String(item.InUse),
    shared: String(item.Shared),
  };
  return FIELDS.every((field) =>
    (filters[field] ?? []).every((wanted) =>
      field === 'id' ? item.ID.includes(wanted) : values[field] === wanted,
    ),
  );
}
