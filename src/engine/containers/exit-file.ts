/** Waits for the monitor's exit file. */
import { watch } from 'node:fs';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { monitorPid, readExitCode } from './monitor.ts';
import { exitDir } from './paths.ts';

/** A monitor that was killed writes nothing. */
const MONITOR_CHECK_MS = 1000;

/** Resolves with whether the container ended (or lost its monitor) within the time; -1 = no limit. Throws CANCELED on abort. */
export function waitForExitFile(
  ctx: Context,
  id: string,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const isOver = () => readExitCode(ctx, id) !== undefined;
    const watcher = watch(exitDir(ctx, id), () => isOver() && done(() => resolve(true)));
    const timer =
      options.timeoutMs < 0 ? undefined : setTimeout(() => done(() => resolve(isOver())), options.timeoutMs);
    const checker = setInterval(
      () => monitorPid(ctx, id) === undefined && done(() => resolve(true)),
      MONITOR_CHECK_MS,
    );
    const abort = () =>
      done(() => reject(new EngineError('CANCELED', 'canceled while waiting for the container to end')));
    const done = (finish: () => void) => {
      watcher.close();
      clearTimeout(timer);
      clearInterval(checker);
      options.signal?.removeEventListener('abort', abort);
      finish();
    };
    options.signal?.addEventListener('abort', abort);
    if (options.signal?.aborted) abort();
    else if (isOver()) done(() => resolve(true));
  });
}
