/** Tells a follower when to look again: inotify on the log's folder and on the database, nothing in between. */
import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Context } from '../../context.ts';
import { EngineError } from '../../errors.ts';
import { isLocked } from '../../state/locks.ts';
import { hasEnded, isBeingRestarted } from '../exited.ts';
import { containerDir } from '../paths.ts';
import { containerDocuments, containerLock } from '../records.ts';
import { mayRestart } from '../restart-policy.ts';

/** What a follower of a log waits on. */
export interface LogWatch {
  /** True when the container will write nothing more, unless someone starts it again. */
  isOver(): boolean;
  /** Resolves when the log or a record may have changed since the last call. Throws CANCELED. */
  changed(): Promise<void>;
  /** Calls `listener` when a file of the log was made or renamed, also while nobody waits. */
  onRotation(listener: () => void): void;
  close(): void;
}

/** A writer of many lines a second wakes us this often, not per line. */
const COALESCE_MS = 20;
/** Looked at again although nothing was reported: `a lock's holder died. */
const RECHECK_MS = 1000;

/** Watches container `id` until `close`. `untilMs`: the end of the follow, in milliseconds since 1970. */
export async function watchLog(
  ctx: Context,
  id: string,
  signal?: AbortSignal,
  untilMs = Infinity,
): Promise<LogWatch> {
  const folder = containerDir(ctx, id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let isDirty = false;
  let lastMs = 0;
  let wake = () => {};
  let rotated = () => {};
  const mark = () => {
    isDirty = true;
    wake();
  };
  const watchers: FSWatcher[] = [folder, dirname(ctx.paths.database)].map((path) => {
    const watcher = watch(path, { persistent: false }, (event) => {
      mark();
      if (event === 'rename' && path === folder) rotated();
    });
    watcher.on('error', mark); // the folder went away with the container; isOver tells
    return watcher;
  });
  return {
    isOver: () => Date.now() > untilMs || isFinished(ctx, id),
    changed: async () => {
      if (!isDirty) await new Promise<void>((resolve) => (wake = wakeAfter(resolve, untilMs, signal)));
      if (signal?.aborted) throw new EngineError('CANCELED', 'logs: canceled');
      const early = COALESCE_MS - (Date.now() - lastMs);
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      isDirty = false;
      lastMs = Date.now();
    },
    onRotation: (listener) => {
      rotated = listener;
    },
    close: () => {
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** Calls `resolve` once: by the returned function, on abort, or after a while. */
function wakeAfter(resolve: () => void, untilMs: number, signal: AbortSignal | undefined): () => void {
  const done = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', done);
    resolve();
  };
  const timer = setTimeout(done, Math.max(1, Math.min(RECHECK_MS, untilMs - Date.now() + 1)));
  signal?.addEventListener('abort', done, { once: true });
  return done;
}

/** A container about to be restarted (by its policy, or by somebody) or started (by who holds its lock) is not over. */
function isFinished(ctx: Context, id: string): boolean {
  const record = containerDocuments(ctx).get(id);
  if (record === undefined) return true;
  const { Running, Restarting } = record.State;
  if (isBeingRestarted(record)) return false;
  if (Restarting || (Running && (!hasEnded(ctx, record) || mayRestart(record)))) return false;
  return !isLocked(ctx.state, containerLock(id));
}
