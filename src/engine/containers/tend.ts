/** What the store's watcher calls for: logs to rotate, monitors that were killed, processes that the kernel killed for memory. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { fateOf, handleExit } from './exited.ts';
import { tendLog } from './logs/log-rotation.ts';
import { watchLost } from './lost.ts';
import { monitorPid } from './monitor.ts';
import { noteOom, oomFile } from './oom.ts';
import { bundleDir } from './paths.ts';
import { containerDocuments } from './records.ts';
import { forgetWatched, OOM_TOLD, watchedIds } from './watcher.ts';

/** Sees to every watched container, whatever fails for others. Throws UNAVAILABLE when it did for one of them. */
export async function tendWatched(ctx: Context): Promise<void> {
  const failed: string[] = [];
  for (const id of watchedIds(ctx)) {
    const why = await tend(ctx, id).catch(messageOf);
    if (why !== undefined) failed.push(`${id}: ${why}`);
  }
  if (failed.length > 0) throw new EngineError('UNAVAILABLE', `could not see to ${failed.join(', ')}`);
}

/** Returns what could not be done. */
async function tend(ctx: Context, id: string): Promise<string | undefined> {
  const record = containerDocuments(ctx).get(id);
  if (record === undefined || monitorPid(ctx, id) === undefined) {
    await withoutMonitor(ctx, id, record);
    return undefined;
  }
  tellOom(ctx, record);
  return (await tendLog(ctx, record)) ? undefined : 'its log could not be rotated';
}

/** Its end is recorded, and decided on, as the monitor would have done. */
async function withoutMonitor(ctx: Context, id: string, record: ContainerRecord | undefined): Promise<void> {
  const fate = record && fateOf(ctx, record);
  if (fate === 'ended') return handleExit(ctx, id);
  if (record !== undefined && fate === 'lost') watchLost(ctx, record);
  forgetWatched(ctx, id);
}

/** The event; the note keeps the watcher from calling again. */
function tellOom(ctx: Context, record: ContainerRecord): void {
  noteOom(ctx, record);
  const told = join(bundleDir(ctx, record.Id), OOM_TOLD);
  if (existsSync(oomFile(ctx, record.Id)) && !existsSync(told)) writeFileSync(told, '', { mode: 0o600 });
}
