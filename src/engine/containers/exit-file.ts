/** Waits for the monitor's exit file. */
import { watch } from 'node:fs';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { dropStoppedClients } from '../runtime/attach-clients.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { lifeOf, readExitCode } from './monitor.ts';
import { bundleDir, exitDir } from './paths.ts';
import { containerDocuments } from './records.ts';

/** A monitor that was killed writes nothing, and who was first to record the end removed the file. */
const CHECK_MS = 1000;

/**
 * Resolves with whether this run of the container ended within the time; -1 = no limit. Needs no lock: it may be
 * started again or removed meanwhile. Throws CANCELED on abort.
 */
export function waitForExitFile(
  ctx: Context,
  record: ContainerRecord,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<boolean> {
  const id = record.Id;
  return new Promise((resolve, reject) => {
    const isWritten = () => readExitCode(ctx, id) !== undefined;
    const isGone = () => !['monitored', 'lost'].includes(lifeOf(ctx, id));
    const isOver = () => isWritten() || isGone() || !isSameRun(ctx, record);
    const watcher = watchExits(exitDir(ctx, id), () => isWritten() && done(() => resolve(true)));
    const timer =
      options.timeoutMs < 0 ? undefined : setTimeout(() => done(() => resolve(isOver())), options.timeoutMs);
    const checker = setInterval(() => {
      if (isOver()) return done(() => resolve(true));
      dropStoppedClients(bundleDir(ctx, id)); // its monitor may be waiting for one
    }, CHECK_MS);
    const abort = () =>
      done(() => reject(new EngineError('CANCELED', 'canceled while waiting for the container to end')));
    const done = (finish: () => void) => {
      watcher?.close();
      clearTimeout(timer);
      clearInterval(checker);
      options.signal?.removeEventListener('abort', abort);
      finish();
    };
    options.signal?.addEventListener('abort', abort);
    if (options.signal?.aborted) abort();
    else if (watcher === undefined || isOver()) done(() => resolve(true));
  });
}

/** Whether the container still runs what it ran when `record` was read. */
export function isSameRun(ctx: Context, { Id, State }: ContainerRecord): boolean {
  const now = containerDocuments(ctx).get(Id)?.State;
  return now?.Running === true && now.Pid === State.Pid && now.StartedAt === State.StartedAt;
}

/** Undefined when the folder is gone, and the container with it. */
export function watchExits(folder: string, listener: () => void): ReturnType<typeof watch> | undefined {
  try {
    return watch(folder, listener).on('error', listener);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
