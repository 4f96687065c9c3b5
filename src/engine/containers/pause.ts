/** Freezes and thaws a container. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { chooseRuntime, runtimeCommand } from '../runtime/runtime.ts';
import { withLock } from '../state/locks.ts';
import { containerEvent } from './container-events.ts';
import { reconcile } from './exited.ts';
import { containerLock, findContainer, updateContainer } from './records.ts';

/** Throws CONFLICT in Docker's words when it doesn't run or is paused already. */
export async function pause(ctx: Context, nameOrId: string): Promise<void> {
  await freeze(ctx, nameOrId, true);
}

/** Throws CONFLICT in Docker's words when it isn't paused. */
export async function unpause(ctx: Context, nameOrId: string): Promise<void> {
  await freeze(ctx, nameOrId, false);
}

async function freeze(ctx: Context, nameOrId: string, isPausing: boolean): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  await withLock(ctx.state, containerLock(Id), async () => {
    const { State, HostConfig } = await reconcile(ctx, findContainer(ctx, Id));
    if (isPausing && !State.Running) throw new EngineError('CONFLICT', `Container ${Id} is not running`);
    if (isPausing && State.Paused) throw new EngineError('CONFLICT', `Container ${Id} is already paused`);
    if (!isPausing && !State.Paused) throw new EngineError('CONFLICT', `Container ${Id} is not paused`);
    await runtimeCommand(chooseRuntime(ctx, HostConfig.Runtime), [isPausing ? 'pause' : 'resume', Id]);
    ctx.state.write(() => {
      const record = updateContainer(ctx, Id, (changed) => {
        changed.State.Paused = isPausing;
        changed.State.Status = isPausing ? 'paused' : 'running';
      });
      containerEvent(ctx, record, isPausing ? 'pause' : 'unpause');
    });
  });
}
