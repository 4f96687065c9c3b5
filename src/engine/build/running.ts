/** Builds under way: `builder prune` lets the steps be that they have used so far. */
import type { Context } from '../context.ts';
import { releaseRecorded } from '../images/leases.ts';
import { randomHex } from '../random.ts';
import { openDocuments } from '../state/documents.ts';
import { processStart } from '../state/locks.ts';

interface RunningBuild {
  id: string;
  pid: number;
  started: string;
  /** milliseconds since 1970 */
  sinceMs: number;
}

const running = (ctx: Context) => openDocuments<RunningBuild>(ctx.state, 'build-running');

/** Registers a build; what it returns ends it, and the leases of the layers it made: `kept` names those that records protect now. */
export function beginBuild(ctx: Context): (kept: () => ReadonlySet<string>) => void {
  const id = randomHex(16);
  const started = processStart(process.pid) ?? '';
  running(ctx).put(id, { id, pid: process.pid, started, sinceMs: Date.now() });
  return (kept) => {
    running(ctx).remove(id);
    releaseRecorded(ctx, kept);
  };
}

/** When the oldest build that still runs began; Infinity when none runs. */
export function oldestBuildMs(ctx: Context): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { id, pid, started, sinceMs } of running(ctx).all()) {
    if (processStart(pid) === started) oldest = Math.min(oldest, sinceMs);
    else running(ctx).remove(id); // killed
  }
  return oldest;
}
