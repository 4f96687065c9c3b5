/** The build cache: layers by the key of the step that made them. Its records keep the layers from being collected. */
import { monotonicMs } from '../clock.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { digestsOf, digestsOfLayer } from '../images/digests.ts';
import { putLease } from '../images/leases.ts';
import { type ImageRecord, imageDocuments } from '../images/records.ts';
import { openDocuments } from '../state/documents.ts';
import type { LayerEntry } from './stage-state.ts';

export interface CacheRecord {
  key: string;
  /** the key by content, where `key` is a shortcut to it */
  contentKey?: string;
  layer: LayerEntry;
  /** what made it, for `builder prune` and people */
  createdBy: string;
  /** milliseconds since 1970 */
  createdAt: number;
  lastUsedAt: number;
  /** builds that had it, the first included; absent: one */
  usageCount?: number;
}

export const cacheDocuments = (ctx: Context) => openDocuments<CacheRecord>(ctx.state, 'build-cache');

/** A step's key, and what it gives an image: its layer, and the time when it was made (milliseconds since 1970). */
export type FoundStep = readonly [key: string, diffId: string, createdAt: number];

/** The cache as one build uses it. */
export interface StepCache {
  /** What a step with this key made before, when its layer is still here. */
  find(key: string): Promise<CacheRecord | undefined>;
  /** Keeps a step's layer for the next build. */
  remember(step: Omit<CacheRecord, 'lastUsedAt'>): void;
  /**
   * Writes down which steps were found and which images the stages begin on, so that pruning lets them be: before anything that
   * takes long, and before the image that stands on them. Throws UNAVAILABLE when one was pruned in the moment between.
   */
  noteUse(): void;
  /** An image that a stage begins on, or copies from. */
  noteImage(image: ImageRecord): void;
  /** The steps that were found or made; one that stages ran at the same time is there with the result of each. */
  steps(): readonly FoundStep[];
  /** Digests of the layers that were remembered, and of those whose places they took. */
  touched(): ReadonlySet<string>;
  /** Lets the images go. */
  close(): void;
}

/** Uses are written down this often: thirty transactions are a tenth of a rebuild that finds everything. */
const QUICK_MS = 100;

export function openStepCache(ctx: Context): StepCache {
  const documents = cacheDocuments(ctx);
  let notedMs = monotonicMs();
  const found = new Set<string>();
  const steps = gatherSteps();
  const touched = new Set<string>();
  const images = new Map<string, ImageRecord>();
  const releases: (() => void)[] = [];
  const noteUse = () => {
    notedMs = monotonicMs();
    if (found.size === 0 && images.size === 0) return;
    ctx.state.write(() => {
      for (const image of images.values()) {
        if (imageDocuments(ctx).get(image.Id) === undefined) throw prunedMeanwhile(`image ${image.Id}`);
        releases.push(putLease(ctx, digestsOf(image)));
      }
      images.clear();
      if (!noteUses(ctx, [...found])) throw prunedMeanwhile('build cache');
      found.clear();
    });
  };
  return {
    async find(key) {
      const record = documents.get(key);
      if (record === undefined) return undefined;
      if (!(await (await ctx.layers()).hasLayer(record.layer.diffId))) {
        documents.remove(key);
        return undefined;
      }
      found.add(key);
      steps.note(record);
      if (monotonicMs() - notedMs > QUICK_MS) noteUse();
      return record;
    },
    remember(step) {
      const before = documents.get(step.key)?.layer;
      for (const layer of before === undefined ? [step.layer] : [before, step.layer])
        for (const digest of digestsOfLayer(layer)) touched.add(digest);
      documents.put(step.key, { ...step, lastUsedAt: step.createdAt });
      steps.note(step);
    },
    noteUse,
    steps: steps.all,
    touched: () => touched,
    noteImage: (image) => void images.set(image.Id, image),
    close: () => {
      for (const release of releases.splice(0)) release();
    },
  };
}

/** Each result of a step once: stages may have run it at the same time. */
function gatherSteps() {
  const steps = new Map<string, FoundStep>();
  return {
    note({ key, layer: { diffId }, createdAt }: Pick<CacheRecord, 'key' | 'layer' | 'createdAt'>) {
      steps.set(`${key} ${diffId} ${createdAt}`, [key, diffId, createdAt]);
    },
    all: () => [...steps.values()],
  };
}

/**
 * One more use of each step (no key twice), for use inside a transaction. Returns whether all were there; what was, is noted in any
 * case. One statement: reading and writing thirty records is a fifth of a rebuild that finds everything.
 */
function noteUses(ctx: Context, keys: readonly string[]): boolean {
  const { changes } = ctx.state.prepare(NOTE_USES).run(Date.now(), JSON.stringify(keys));
  return Number(changes) === keys.length;
}

const NOTE_USES = `
UPDATE documents SET body = json_set(body, '$.lastUsedAt', ?, '$.usageCount', coalesce(body ->> '$.usageCount', 1) + 1)
WHERE kind = 'build-cache' AND id IN (SELECT value FROM json_each(?))`;

/** The same when each still gives what it gave; else nothing is noted. */
export function noteSameSteps(ctx: Context, steps: readonly FoundStep[]): boolean {
  const same = ctx.state.prepare(COUNT_SAME).get(JSON.stringify(steps)) as { count: number };
  return (
    same.count === steps.length &&
    noteUses(
      ctx,
      steps.map(([key]) => key),
    )
  );
}

const COUNT_SAME = `
SELECT count(*) AS count FROM json_each(?) AS step CROSS JOIN documents AS record
WHERE record.kind = 'build-cache' AND record.id = step.value ->> 0
  AND record.body ->> '$.layer.diffId' = step.value ->> 1 AND record.body ->> '$.createdAt' = step.value ->> 2`;

const prunedMeanwhile = (what: string) =>
  new EngineError('UNAVAILABLE', `the ${what} was pruned meanwhile`, { hint: 'build again' });

/** Blobs and layers that the cache protects. */
export function cachedDigests(ctx: Context): Set<string> {
  return new Set(
    cacheDocuments(ctx)
      .all()
      .flatMap(({ layer }) => digestsOfLayer(layer)),
  );
}
