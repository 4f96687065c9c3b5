/** Removes all containers that don't run. */
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { recordPrune } from '../state/events.ts';
import { parseTimestamp, type Timestamp } from '../timestamps.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { Filters } from '../types/images.ts';
import { refresh } from './exited.ts';
import { clearInterrupted } from './interrupted.ts';
import { areaKey } from './paths.ts';
import { containerDocuments } from './records.ts';
import { remove } from './remove.ts';

const FILTERS: readonly string[] = ['until', 'label', 'label!'];

/** Docker's POST /containers/prune. Filters: until, label, label!. Throws INVALID_ARGUMENT. */
export async function prune(
  ctx: Context,
  { filters = {} }: { filters?: Filters } = {},
): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }> {
  const unknown = Object.keys(filters).find((name) => !FILTERS.includes(name));
  if (unknown !== undefined) throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${unknown}'`);
  const until = untilOf(filters);
  const ContainersDeleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const record of containerDocuments(ctx).all()) {
    const { State } = await refresh(ctx, record);
    // a build removes its own
    if (State.Running || record.Build !== undefined || !isPruned(record, filters, until)) continue;
    const sizeBytes = await usage(ctx, record.Id);
    try {
      await remove(ctx, record.Id);
    } catch (error) {
      if (codeOf(error) === 'CONFLICT' || codeOf(error) === 'NOT_FOUND') continue; // started or removed meanwhile
      throw error;
    }
    ContainersDeleted.push(record.Id);
    SpaceReclaimed += sizeBytes;
  }
  await clearInterrupted(ctx); // nothing may have been removed
  recordPrune(ctx.state, 'container', SpaceReclaimed);
  return { ContainersDeleted, SpaceReclaimed };
}

/** Read before anything is removed. */
function untilOf(filters: Filters): Timestamp | undefined {
  const [until, second] = filters['until'] ?? [];
  if (second !== undefined) throw new EngineError('INVALID_ARGUMENT', 'more than one until filter specified');
  return until === undefined ? undefined : parseTimestamp(until, 'until');
}

/** One whose area is lost can be removed all the same. */
async function usage(ctx: Context, id: string): Promise<number> {
  try {
    return await (await ctx.layers()).areaUsage(areaKey(id));
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND') return 0;
    throw error;
  }
}

function isPruned(
  { Config, Created }: ContainerRecord,
  filters: Filters,
  until: Timestamp | undefined,
): boolean {
  const hasLabel = (wanted: string) => {
    const [name = '', value] = wanted.split(/=(.*)/s);
    const label = Config.Labels?.[name];
    return label !== undefined && (value === undefined || label === value);
  };
  if (until !== undefined && Date.parse(Created) >= until.seconds * 1000) return false;
  return (filters['label'] ?? []).every(hasLabel) && !(filters['label!'] ?? []).some(hasLabel);
}
