/** Sends signals to a container's process. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { cancelRestart } from './end-state.ts';
import { waitForExitFile } from './exit-file.ts';
import { hasEnded, reconcile, refresh } from './exited.ts';
import { thawProcesses } from './freezer.ts';
import { containerDocuments, containerLock, findContainer, updateContainer } from './records.ts';
import { parseSignal } from './signals.ts';

const SIGKILL = 9;
const MAX_SIGNAL = 64;
export const DEFAULT_STOP_SIGNAL = 'SIGTERM';
/** A killed process that doesn't end is stuck in the kernel. */
const KILL_TIMEOUT_MS = 10_000;

/**
 * Docker's POST /containers/ID/kill. Throws CONFLICT in Docker's words when it doesn't run. The signal is sent before the lock is had:
 * whoever holds it may be slow.
 */
export async function kill(
  ctx: Context,
  nameOrId: string,
  options: { signal?: string; isByUser?: boolean } = {},
): Promise<void> {
  const given = options.signal || 'SIGKILL';
  // Docker takes any number for a signal, and finds out later that the kernel has none of it
  const isBeyond = /^\d+$/.test(given) && Number(given) > MAX_SIGNAL;
  const number = isBeyond ? 0 : parseSignal(given);
  const { Id, State } = await refresh(ctx, findContainer(ctx, nameOrId));
  if (isBeyond)
    throw new EngineError(
      'INVALID_ARGUMENT',
      `Cannot kill container: ${nameOrId}: The linux daemon does not support signal ${Number(given)}`,
    );
  if (State.Restarting && (await callOff(ctx, Id))) return;
  if (!State.Running && !State.Restarting)
    throw new EngineError('CONFLICT', `Cannot kill container: ${nameOrId}: Container ${Id} is not running`);
  if (number !== SIGKILL) {
    noteUserStop(ctx, Id, number);
    return sendSignal(ctx, findContainer(ctx, Id), number);
  }
  const killed = killAtOnce(ctx, Id, options);
  await withLock(ctx.state, containerLock(Id), async () => {
    const found = containerDocuments(ctx).get(Id);
    if (found === undefined) return; // --rm was faster
    const record = await reconcile(ctx, found);
    if (record.State.Running) await killLocked(ctx, record, { killed });
  });
}

/** Any signal to a container that waits for its restart ends the waiting. False: it runs again by now. */
async function callOff(ctx: Context, id: string): Promise<boolean> {
  return withLock(ctx.state, containerLock(id), async () => {
    const isWaiting = containerDocuments(ctx).get(id)?.State.Restarting === true;
    if (isWaiting) cancelRestart(ctx, id, { byUser: true });
    return isWaiting;
  });
}

/** Sends SIGKILL without waiting for anybody; returns the pid, undefined when there is nothing to kill. */
export function killAtOnce(
  ctx: Context,
  id: string,
  { isByUser = true }: { isByUser?: boolean } = {},
): number | undefined {
  const record = containerDocuments(ctx).get(id);
  if (record === undefined || !record.State.Running || hasEnded(ctx, record)) return undefined;
  try {
    if (isByUser) noteUserStop(ctx, id);
  } finally {
    // all the same when the disk is full: maybe of what this process writes
    sendSignal(ctx, record, SIGKILL);
  }
  return record.State.Pid;
}

interface KillOptions {
  /** it is to be started again */
  keep?: boolean;
  /** has its signal already; after a restart meanwhile another process runs */
  killed?: number | undefined;
}

/** Kills the process, paused or not, and records the end. The caller holds the lock. */
export async function killLocked(
  ctx: Context,
  record: ContainerRecord,
  how: KillOptions = {},
): Promise<ContainerRecord> {
  if (how.killed !== record.State.Pid) sendSignal(ctx, record, SIGKILL);
  await thawProcesses(ctx, record);
  const isOver = await waitForExitFile(ctx, record, { timeoutMs: KILL_TIMEOUT_MS });
  if (!isOver) {
    throw new EngineError('UNAVAILABLE', `container ${record.Id} did not end after SIGKILL`, {
      hint: 'its process waits for the kernel (a hung disk or network file system?); try again later',
    });
  }
  return reconcile(ctx, record, how);
}

/** To the container's first process: until its monitor has told the end, the pid can't be another's. */
export function sendSignal(ctx: Context, record: ContainerRecord, signal: number): void {
  try {
    process.kill(record.State.Pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  containerEvent(ctx, record, 'kill', { signal: String(signal) });
}

/** Keeps the restart policy quiet until the next start. */
export function quietPolicy(ctx: Context, id: string): void {
  updateContainer(ctx, id, (record) => {
    record.RestartCanceled = true;
    record.IsEnding = true;
  });
}

/**
 * Keeps the restart policy quiet. As Docker 20.10 has it (daemon/kill.go) any signal of the user does, but one that differs from a stop
 * signal the container names: that is for the program, and only `unless-stopped` heeds it.
 */
export function noteUserStop(ctx: Context, id: string, signal = SIGKILL): void {
  updateContainer(ctx, id, (record) => {
    record.StoppedByUser = true;
    const { StopSignal } = record.Config;
    const isStop = signal === SIGKILL || signal === parseSignal(StopSignal || DEFAULT_STOP_SIGNAL);
    if (isStop) record.IsEnding = true;
    if (isStop || !StopSignal) record.RestartCanceled = true;
  });
}
