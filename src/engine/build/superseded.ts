/** Layers whose place in the cache another run of the same step took: of --no-cache, or of builds of one file at the same time. */
import type { Context } from '../context.ts';
import { collect } from '../images/collect.ts';
import { releaseRecorded } from '../images/leases.ts';
import { cachedDigests } from './cache.ts';
import { oldestBuildMs } from './running.ts';

/** Removes what nothing names any more among `digests`, unless a build under way may have found it before. */
export async function removeSuperseded(ctx: Context, digests: ReadonlySet<string>): Promise<void> {
  const known = cachedDigests(ctx);
  const left = new Set([...digests].filter((digest) => !known.has(digest)));
  if (left.size === 0 || oldestBuildMs(ctx) !== Number.POSITIVE_INFINITY) return;
  releaseRecorded(ctx, () => new Set([...known, ...left]));
  await collect(ctx, left);
}
