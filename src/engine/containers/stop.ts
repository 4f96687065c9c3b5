/** Stops and restarts containers. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { processStart, withLock } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { cancelRestart } from './end-state.ts';
import { isSameRun, waitForExitFile } from './exit-file.ts';
import { reconcile } from './exited.ts';
import { notePaused, thawProcesses } from './freezer.ts';
import { DEFAULT_STOP_SIGNAL, killLocked, noteUserStop, quietPolicy, sendSignal } from './kill.ts';
import { containerDocuments, containerLock, findContainer, updateContainer } from './records.ts';
import { removeLocked } from './removal.ts';
import { parseSignal } from './signals.ts';
import { startRecord } from './start.ts';

const DEFAULT_GRACE_S = 10;
const MS_PER_S = 1000;

export interface StopOptions {
  /** seconds, -1 = never kill */
  timeout?: number;
  /** instead of the container's own */
  stopSignal?: string;
  signal?: AbortSignal;
  /** default true: its restart policy heeds that also at the next boot */
  isByUser?: boolean;
}

/** How a part of a stop runs: under the container's lock. */
type Locking = <T>(part: () => Promise<T>) => Promise<T>;

/**
 * Docker's POST /containers/ID/stop: no error when it has stopped already. The lock is not held through the grace time: pause, exec, kill
 * and another stop go on meanwhile, as in Docker.
 */
export async function stop(ctx: Context, nameOrId: string, options: StopOptions = {}): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  await stopWith(ctx, Id, options, { locked: locking(ctx, Id, options) });
}

/**
 * Docker's POST /containers/ID/restart. Neither holds the lock through the grace time; the record tells meanwhile that this is not the
 * end: --rm does not remove the container, and followers of its log stay.
 */
export async function restart(ctx: Context, nameOrId: string, options: StopOptions = {}): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  const locked = locking(ctx, Id, options);
  try {
    await stopWith(ctx, Id, options, { locked, isRestart: true });
    await locked(async () => {
      const record = await reconcile(ctx, findContainer(ctx, Id));
      if (!record.State.Running)
        await startRecord(ctx, record, {}).catch((error: unknown) => {
          throw restartError(nameOrId, error);
        });
      containerEvent(ctx, record, 'restart');
    });
  } catch (error) {
    await locking(ctx, Id, {})(() => letGo(ctx, Id));
    throw error;
  }
}

/** The restart failed: what has ended has ended, and goes, when --rm wants it. */
async function letGo(ctx: Context, id: string): Promise<void> {
  if (containerDocuments(ctx).get(id) === undefined) return;
  const record = updateContainer(ctx, id, (changed) => {
    delete changed.RestartedBy;
  });
  const { Running, Restarting } = record.State;
  if (record.HostConfig.AutoRemove && !Running && !Restarting)
    await removeLocked(ctx, record, { volumes: true });
}

/** Docker's words: the container was stopped, but does not start again. */
function restartError(name: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const { code, message, hint, exitCode } = error;
  return new EngineError(code, `Cannot restart container ${name}: ${message}`, {
    hint,
    exitCode,
    cause: error,
  });
}

function locking(ctx: Context, id: string, { signal }: StopOptions): Locking {
  return (part) => withLock(ctx.state, containerLock(id), part, signal === undefined ? {} : { signal });
}

interface How {
  locked: Locking;
  isRestart?: boolean;
}

async function stopWith(
  ctx: Context,
  id: string,
  options: StopOptions,
  { locked, isRestart = false }: How,
): Promise<void> {
  const asksWith = options.stopSignal ? parseSignal(options.stopSignal) : undefined;
  const asked = await locked(async () => {
    const found = containerDocuments(ctx).get(id);
    if (found === undefined) return undefined; // --rm removed it while we waited for the lock
    const record = await reconcile(ctx, isRestart ? noteRestarter(ctx, id) : found);
    const byUser = options.isByUser !== false;
    if (record.State.Restarting) containerEvent(ctx, cancelRestart(ctx, id, { byUser }), 'stop');
    if (!record.State.Running) return undefined;
    if (byUser) noteUserStop(ctx, id);
    else quietPolicy(ctx, id);
    sendSignal(ctx, record, asksWith ?? parseSignal(record.Config.StopSignal || DEFAULT_STOP_SIGNAL));
    await thawProcesses(ctx, record); // a frozen process gets its signal when it thaws
    if (record.State.Paused) notePaused(ctx, id, false);
    return record;
  });
  if (asked === undefined) return;
  const grace = options.timeout ?? asked.Config.StopTimeout ?? DEFAULT_GRACE_S;
  const isOver = await waitForExitFile(ctx, asked, {
    timeoutMs: grace < 0 ? -1 : grace * MS_PER_S,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await locked(() => finishStop(ctx, asked, isOver));
}

function noteRestarter(ctx: Context, id: string): ContainerRecord {
  return updateContainer(ctx, id, (record) => {
    record.RestartedBy = { pid: process.pid, started: processStart(process.pid) ?? '' };
  });
}

/** Records the end, by force when the time is up; nothing when somebody else did, and maybe started or removed it since. */
async function finishStop(ctx: Context, asked: ContainerRecord, isOver: boolean): Promise<void> {
  const found = containerDocuments(ctx).get(asked.Id) ?? asked;
  if (!isSameRun(ctx, asked)) return containerEvent(ctx, found, 'stop');
  const record = isOver ? await reconcile(ctx, found) : await killLocked(ctx, found);
  containerEvent(ctx, record, 'stop');
}
