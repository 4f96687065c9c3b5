/** A step that makes a layer: asked from the cache by its key, else made and remembered. */
import type { CacheRecord } from './cache.ts';
import type { BuildJob } from './job.ts';
import { type LayerEntry, type StageState, withLayer } from './stage-state.ts';

export interface LayerStep {
  state: StageState;
  /** instruction and content of its inputs */
  key: string;
  /** a further key that is known without reading the inputs; found under it, they are not read at all */
  shortcut?: string;
  createdBy: string;
  make(): Promise<LayerEntry>;
}

/** The state with the layer on it, and whether the cache had it. */
export async function layered(
  job: BuildJob,
  step: LayerStep,
): Promise<{ value: StageState; isCached: boolean }> {
  const { key, shortcut, createdBy } = step;
  const cached = job.options.noCache ? undefined : await job.cache.find(key);
  if (cached === undefined) job.cache.noteUse();
  const layer = cached?.layer ?? (await step.make());
  const createdAt = cached?.createdAt ?? Date.now();
  const record = { layer, createdBy, createdAt };
  if (cached === undefined) job.cache.remember({ key, ...record });
  if (shortcut !== undefined) job.cache.remember({ key: shortcut, contentKey: key, ...record });
  return { value: advanced(step.state, { key, ...record }), isCached: cached !== undefined };
}

/** The same without reading inputs; undefined when the shortcut is not known. */
export async function viaShortcut(
  job: BuildJob,
  state: StageState,
  shortcut: string,
): Promise<{ value: StageState; isCached: boolean } | undefined> {
  const cached = job.options.noCache ? undefined : await job.cache.find(shortcut);
  if (cached === undefined) return undefined;
  return { value: advanced(state, { ...cached, key: cached.contentKey ?? shortcut }), isCached: true };
}

const advanced = (state: StageState, record: Omit<CacheRecord, 'lastUsedAt'>): StageState =>
  withLayer(state, record.layer, {
    key: record.key,
    createdBy: record.createdBy,
    created: new Date(record.createdAt).toISOString(),
  });
