/** Freezes and thaws a container. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { processStart, withLock } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { reconcile } from './exited.ts';
import { freezeProcesses, notePaused, thawProcesses } from './freezer.ts';
import { notRunningError } from './not-running-error.ts';
import { containerLock, findContainer } from './records.ts';
import { restartingError } from './restarting-error.ts';

/**
 * Throws CONFLICT in Docker's words when it doesn't run or is paused already. Recorded first: killed in between, the container is shown
 * as paused and can be unpaused; a frozen one that says "running" could not.
 */
export async function pause(ctx: Context, nameOrId: string): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  await withLock(ctx.state, containerLock(Id), async () => {
    const record = await reconcile(ctx, findContainer(ctx, Id));
    if (record.State.Restarting) throw restartingError(Id);
    if (!record.State.Running) throw notRunningError(Id);
    if (record.State.Paused) throw new EngineError('CONFLICT', `Container ${Id} is already paused`);
    notePaused(ctx, Id, true);
    try {
      await freezeProcesses(ctx, record);
    } catch (error) {
      notePaused(ctx, Id, false);
      if (hasDied(record)) throw notRunningError(Id);
      throw runtimeError('pause', Id, error);
    }
    containerEvent(ctx, record, 'pause');
  });
}

/** Throws CONFLICT in Docker's words when it isn't paused. */
export async function unpause(ctx: Context, nameOrId: string): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  await withLock(ctx.state, containerLock(Id), async () => {
    const record = await reconcile(ctx, findContainer(ctx, Id));
    if (!record.State.Paused) throw notPaused(Id);
    await thawProcesses(ctx, record).catch((error: unknown) => {
      throw hasDied(record) ? notPaused(Id) : runtimeError('unpause', Id, error);
    });
    ctx.state.write(() => {
      notePaused(ctx, Id, false);
      containerEvent(ctx, record, 'unpause');
    });
  });
}

const notPaused = (id: string) => new EngineError('CONFLICT', `Container ${id} is not paused`);

/** A kill needs no lock: what the runtime says of a process that has just ended may be anything. */
const hasDied = ({ State }: ContainerRecord): boolean => processStart(State.Pid) === undefined;

/** Docker's words for what its runtime refused. */
function runtimeError(verb: string, id: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const { code, message, hint } = error;
  return new EngineError(code, `Cannot ${verb} container ${id}: ${message}`, { hint, cause: error });
}
