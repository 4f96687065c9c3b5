/** Removes all containers that don't run. */
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { checkFilters, fitsLabels, type PruneOptions, untilOf } from '../prune-filters.ts';
import { recordPrune } from '../state/events.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { Filters } from '../types/images.ts';
import { refresh } from './exited.ts';
import { clearInterrupted } from './interrupted.ts';
import { containerDocuments } from './records.ts';
import { remove } from './remove.ts';
import { bytesOnDisk } from './sizes.ts';

const FILTERS: readonly string[] = ['until', 'label', 'label!'];

/**
 * Docker's POST /containers/prune. Filters: until, label, label!. The bytes are what was written, the logs, and the layers of an image
 * that was removed before its last container. Throws INVALID_ARGUMENT.
 */
export async function prune(
  ctx: Context,
  { filters = {}, signal }: PruneOptions = {},
): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }> {
  const ContainersDeleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const record of await prunableContainers(ctx, filters)) {
    if (signal?.aborted) break;
    try {
      const bytes = await bytesOnDisk(ctx, record.Id, signal);
      SpaceReclaimed += bytes + (await remove(ctx, record.Id));
      ContainersDeleted.push(record.Id);
    } catch (error) {
      if (signal?.aborted) break;
      if (codeOf(error) !== 'CONFLICT' && codeOf(error) !== 'NOT_FOUND') throw error; // started or removed meanwhile
    }
  }
  await clearInterrupted(ctx); // nothing may have been removed
  recordPrune(ctx.state, 'container', SpaceReclaimed);
  return { ContainersDeleted, SpaceReclaimed };
}

/** What would go now. Throws INVALID_ARGUMENT. */
export async function prunableContainers(ctx: Context, filters: Filters): Promise<ContainerRecord[]> {
  checkFilters(filters, FILTERS);
  const until = untilOf(filters);
  const found: ContainerRecord[] = [];
  for (const record of containerDocuments(ctx).all()) {
    const { State } = await refresh(ctx, record);
    const isTooNew = until !== undefined && Date.parse(record.Created) >= until.seconds * 1000;
    // a build removes its own
    if (State.Running || State.Restarting || record.Build !== undefined || isTooNew) continue;
    if (fitsLabels(record.Config.Labels, filters)) found.push(record);
  }
  return found;
}
