/** Clears what creations and removals left that were killed half-way. */
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { recordNotice } from '../networks/notice.ts';
import { removeFolder } from '../remove-folder.ts';
import { abandonedLocks, withLock } from '../state/locks.ts';
import { areaKey, containerFolders } from './paths.ts';
import { containerDocuments, containerLock } from './records.ts';

/**
 * Who makes or removes a container holds its lock: a lock whose holder died, of a container without a record, tells of files without a
 * record. One look at a small table when there are none. What can't be cleared is told and tried again by the next.
 */
export async function clearInterrupted(ctx: Context): Promise<void> {
  const locks = abandonedLocks(ctx.state, containerLock(''));
  if (locks.length === 0) return;
  try {
    for (const lock of locks) await clear(ctx, lock);
    await (await ctx.layers()).sweep();
  } catch (error) {
    recordNotice(ctx.state, `clearing up after a process that was killed: ${messageOf(error)}`);
  }
}

async function clear(ctx: Context, lock: string): Promise<void> {
  const id = lock.slice(containerLock('').length);
  await withLock(ctx.state, lock, async () => {
    // of one that has a record, its next start or removal clears the rest
    if (containerDocuments(ctx).get(id) !== undefined) return;
    await (await ctx.layers()).removeArea(areaKey(id));
    for (const folder of containerFolders(ctx, id)) removeFolder(folder);
  });
}
