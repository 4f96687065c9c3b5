/** Removes containers. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import { cancelRestart } from './end-state.ts';
import { reconcile } from './exited.ts';
import { clearInterrupted } from './interrupted.ts';
import { killAtOnce, killLocked } from './kill.ts';
import { containerDocuments, containerLock, findContainer } from './records.ts';
import { removeLocked } from './removal.ts';

export interface RemoveOptions {
  force?: boolean;
  volumes?: boolean;
  link?: boolean;
}

/** Docker's DELETE /containers/ID. Throws CONFLICT in Docker's words for a running one without `force`. */
export async function remove(ctx: Context, nameOrId: string, options: RemoveOptions = {}): Promise<void> {
  if (options.link) throw new EngineError('UNIMPLEMENTED', 'legacy container links are not implemented');
  const { Id } = findContainer(ctx, nameOrId);
  // the lock may be held for long, see `kill`
  const killed = options.force ? killAtOnce(ctx, Id) : undefined;
  await withLock(ctx.state, containerLock(Id), async () => {
    const found = containerDocuments(ctx).get(Id);
    if (found === undefined && killed !== undefined) return; // --rm did it
    if (found === undefined) throw new EngineError('NOT_FOUND', `No such container: ${nameOrId}`);
    let record = await reconcile(ctx, found);
    if (record.State.Running) {
      if (!options.force) throw refusal(Id, record.State.Paused ? 'paused' : 'running');
      record = await killLocked(ctx, record, { killed });
    }
    if (record.State.Restarting) {
      if (!options.force) throw refusal(Id, 'restarting');
      record = cancelRestart(ctx, Id, { byUser: true });
    }
    if (containerDocuments(ctx).get(Id) === undefined) return; // --rm did it
    await removeLocked(ctx, record, { volumes: options.volumes === true });
  });
  await clearInterrupted(ctx);
}

function refusal(id: string, state: 'paused' | 'running' | 'restarting'): EngineError {
  const message =
    state === 'paused'
      ? `You cannot remove a paused container ${id}. Unpause and then stop the container before attempting removal or force remove`
      : `You cannot remove a ${state} container ${id}. Stop the container before attempting removal or force remove`;
  return new EngineError('CONFLICT', message, { hint: 'use -f to kill and remove it' });
}
