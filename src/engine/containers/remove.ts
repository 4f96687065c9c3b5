/** Removes containers. */
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import { cancelRestart } from './end-state.ts';
import { fateOf, reconcile } from './exited.ts';
import { clearInterrupted } from './interrupted.ts';
import { killAtOnce, killLocked } from './kill.ts';
import { removeLink } from './link-hosts.ts';
import { removeLogs } from './logs/log-rotation.ts';
import { containerDocuments, containerLock, findContainer } from './records.ts';
import { removeLocked } from './removal.ts';

export interface RemoveOptions {
  force?: boolean;
  volumes?: boolean;
  link?: boolean;
}

/**
 * Docker's DELETE /containers/ID. Throws CONFLICT in Docker's words for a running one without `force`. On a full disk its log goes
 * first: that may be what filled it. Returns the bytes of layers that went with it, as it was the last to use them.
 */
export async function remove(ctx: Context, nameOrId: string, options: RemoveOptions = {}): Promise<number> {
  if (options.link) {
    removeLink(ctx, nameOrId);
    return 0;
  }
  const record = findContainer(ctx, nameOrId);
  let bytes: number;
  try {
    bytes = await removeFound(ctx, record.Id, options);
  } catch (error) {
    const mayRemove = options.force === true || fateOf(ctx, record) === 'down';
    if (codeOf(error) !== 'RESOURCE_EXHAUSTED' || !mayRemove) throw error;
    removeLogs(ctx, record.Id);
    bytes = await removeFound(ctx, record.Id, options);
  }
  await clearInterrupted(ctx);
  return bytes;
}

async function removeFound(ctx: Context, Id: string, options: RemoveOptions): Promise<number> {
  // the lock may be held for long, see `kill`
  const killed = options.force ? killAtOnce(ctx, Id) : undefined;
  return await withLock(ctx.state, containerLock(Id), async () => {
    const found = containerDocuments(ctx).get(Id);
    if (found === undefined && killed !== undefined) return 0; // --rm did it
    if (found === undefined) throw new EngineError('NOT_FOUND', `No such container: ${Id}`);
    let record = await reconcile(ctx, found);
    if (record.State.Running) {
      if (!options.force) throw refusal(Id, record.State.Paused ? 'paused' : 'running');
      record = await killLocked(ctx, record, { killed });
    }
    if (record.State.Restarting) {
      if (!options.force) throw refusal(Id, 'restarting');
      record = cancelRestart(ctx, Id, { byUser: true });
    }
    if (containerDocuments(ctx).get(Id) === undefined) return 0; // --rm did it
    return await removeLocked(ctx, record, { volumes: options.volumes === true });
  });
}

function refusal(id: string, state: 'paused' | 'running' | 'restarting'): EngineError {
  const message =
    state === 'paused'
      ? `You cannot remove a paused container ${id}. Unpause and then stop the container before attempting removal or force remove`
      : `You cannot remove a ${state} container ${id}. Stop the container before attempting removal or force remove`;
  return new EngineError('CONFLICT', message, { hint: 'use -f to kill and remove it' });
}
