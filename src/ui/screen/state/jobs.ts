/** The cursor in the list of jobs. Pure. */
import type { Dialog, Job } from './types.ts';

/** Index into the jobs, newest first: new ones come before the job the cursor is on, old ones go. */
export function jobsCursor(
  newestFirst: readonly Job[],
  { jobId, cursor }: Dialog & { kind: 'jobs' },
): number {
  const at = newestFirst.findIndex(({ id }) => id === jobId);
  return at >= 0 ? at : Math.max(0, Math.min(cursor, newestFirst.length - 1));
}
