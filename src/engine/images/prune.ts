/** `image prune`: images nobody needs. */
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { checkFilters, type PruneOptions, untilOf } from '../prune-filters.ts';
import { recordPrune } from '../state/events.ts';
import type { Filters, ImageSummary, RemovedImage } from '../types/images.ts';
import { collectAll } from './collect.ts';
import { list } from './list.ts';
import { imageDocuments } from './records.ts';
import { removeUnused } from './remove.ts';

const KNOWN = ['dangling', 'label', 'label!', 'until'];

/** Dangling images, or with `all` (also `dangling=false`) all that no container uses. Throws INVALID_ARGUMENT for an unknown filter. */
export async function prune(
  ctx: Context,
  options: PruneOptions & { all?: boolean } = {},
): Promise<{ ImagesDeleted: RemovedImage[]; SpaceReclaimed: number }> {
  const doomed = await prunableImages(ctx, options);
  const result: { ImagesDeleted: RemovedImage[]; SpaceReclaimed: number } = {
    ImagesDeleted: [],
    SpaceReclaimed: 0,
  };
  for (const { Id } of doomed) {
    if (options.signal?.aborted) break;
    const { removed, sizeBytes } = await removeUnused(ctx, Id);
    result.ImagesDeleted.push(...removed);
    result.SpaceReclaimed += sizeBytes;
  }
  if (!options.signal?.aborted) result.SpaceReclaimed += (await collectAll(ctx)).sizeBytes;
  recordPrune(ctx.state, 'image', result.SpaceReclaimed);
  return result;
}

/** What would go now, children first; containers that are `gone` don't count. Throws INVALID_ARGUMENT. */
export async function prunableImages(
  ctx: Context,
  options: { all?: boolean; filters?: Filters },
  gone: ReadonlySet<string> = new Set(),
): Promise<ImageSummary[]> {
  const { dangling, ...filters } = options.filters ?? {};
  checkFilters(filters, KNOWN);
  untilOf(filters);
  const isAll =
    options.all === true || dangling?.some((value) => value === 'false' || value === '0') === true;
  const used = new Set(
    containerDocuments(ctx)
      .all()
      .filter(({ Id }) => !gone.has(Id))
      .map(({ Image }) => Image),
  );
  const images = await list(ctx, { all: true, filters });
  const doomed = images.filter(({ Id, RepoTags }) => !used.has(Id) && (isAll || RepoTags.length === 0));
  return childrenFirst(ctx, doomed);
}

/** An image that another one was made from stays as long as that one stays. */
function childrenFirst<T extends { Id: string; ParentId: string }>(ctx: Context, doomed: T[]): T[] {
  const order: T[] = [];
  const left = new Map(doomed.map((image) => [image.Id, image]));
  const parents = new Map<string, Set<string>>();
  for (const { Id, parent } of imageDocuments(ctx).all()) {
    if (parent !== '') parents.set(parent, (parents.get(parent) ?? new Set()).add(Id));
  }
  for (let found = true; found; ) {
    found = false;
    for (const image of left.values()) {
      if ((parents.get(image.Id)?.size ?? 0) > 0) continue;
      order.push(image);
      left.delete(image.Id);
      parents.get(image.ParentId)?.delete(image.Id);
      found = true;
    }
  }
  return order;
}
