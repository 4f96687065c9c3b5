/** Stops and restarts containers. */
import type { Context } from '../context.ts';
import { chooseRuntime, runtimeCommand } from '../runtime/runtime.ts';
import { withLock } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { waitForExitFile } from './exit-file.ts';
import { reconcile } from './exited.ts';
import { killLocked, noteUserStop, sendSignal } from './kill.ts';
import { containerDocuments, containerLock, findContainer } from './records.ts';
import { parseSignal } from './signals.ts';
import { startRecord } from './start.ts';

const DEFAULT_SIGNAL = 'SIGTERM';
const DEFAULT_GRACE_S = 10;
const MS_PER_S = 1000;

export interface StopOptions {
  /** seconds, -1 = never kill */
  timeout?: number;
  signal?: AbortSignal;
}

/** Docker's POST /containers/ID/stop: no error when it has stopped already. */
export async function stop(ctx: Context, nameOrId: string, options: StopOptions = {}): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  await withLock(ctx.state, containerLock(Id), () => stopLocked(ctx, Id, options), lockOptions(options));
}

/** Docker's POST /containers/ID/restart: one lock over both halves, so that nobody removes it between. */
export async function restart(ctx: Context, nameOrId: string, options: StopOptions = {}): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  await withLock(
    ctx.state,
    containerLock(Id),
    async () => {
      await stopLocked(ctx, Id, options, { keep: true });
      const record = findContainer(ctx, Id);
      await startRecord(ctx, record, {});
      containerEvent(ctx, record, 'restart');
    },
    lockOptions(options),
  );
}

const lockOptions = ({ signal }: StopOptions) => (signal === undefined ? {} : { signal });

async function stopLocked(
  ctx: Context,
  id: string,
  options: StopOptions,
  how: { keep?: boolean } = {},
): Promise<void> {
  const found = containerDocuments(ctx).get(id);
  if (found === undefined) return; // --rm removed it while we waited for the lock
  const record = await reconcile(ctx, found, how);
  if (!record.State.Running) return;
  noteUserStop(ctx, id);
  const grace = options.timeout ?? record.Config.StopTimeout ?? DEFAULT_GRACE_S;
  await askToEnd(ctx, record);
  const isOver = await waitForExitFile(ctx, id, {
    timeoutMs: grace < 0 ? -1 : grace * MS_PER_S,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const ended = isOver ? await reconcile(ctx, record, how) : await killLocked(ctx, record, how);
  containerEvent(ctx, ended, 'stop');
}

/** A frozen process gets its signal when it thaws. */
async function askToEnd(ctx: Context, record: ContainerRecord): Promise<void> {
  sendSignal(ctx, record, parseSignal(record.Config.StopSignal || DEFAULT_SIGNAL));
  if (record.State.Paused)
    await runtimeCommand(chooseRuntime(ctx, record.HostConfig.Runtime), ['resume', record.Id]);
}
