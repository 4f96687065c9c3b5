/** Records of execs: what is to run, and how it ended. */
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { EngineError } from '../../errors.ts';
import { removeFolder } from '../../remove-folder.ts';
import { openDocuments } from '../../state/documents.ts';
import type { ExecCreate } from '../../types/containers.ts';
import { bundleDir, containerDir } from '../paths.ts';

/** An exec in the store (kind 'exec', by ID); removed with its container. */
export interface ExecRecord {
  ID: string;
  ContainerID: string;
  /** milliseconds since 1970 */
  createdMs: number;
  config: ExecCreate;
  Status: 'created' | 'running' | 'exited';
  ExitCode: number | null;
  Pid: number;
}

/** Ended execs kept per container, for those who ask for their exit code late. */
const KEEP_ENDED = 50;

export const execDocuments = (ctx: Context) => openDocuments<ExecRecord>(ctx.state, 'exec');

/** Bundle of an exec's monitor, inside the container's. */
export const execDir = (ctx: Context, exec: Pick<ExecRecord, 'ID' | 'ContainerID'>): string =>
  join(bundleDir(ctx, exec.ContainerID), `exec-${exec.ID}`);

/** Where its monitor writes the exit code. conmon names the file after the container, so that each exec needs a folder. */
export const execExitDir = (ctx: Context, exec: Pick<ExecRecord, 'ID' | 'ContainerID'>): string =>
  join(containerDir(ctx, exec.ContainerID), 'execs', exec.ID);

export const execExitFile = (ctx: Context, exec: Pick<ExecRecord, 'ID' | 'ContainerID'>): string =>
  join(execExitDir(ctx, exec), exec.ContainerID);

/** By full id. Throws NOT_FOUND in Docker's words. */
export function findExec(ctx: Context, execId: string): ExecRecord {
  const record = execDocuments(ctx).get(execId);
  if (record !== undefined) return record;
  throw new EngineError('NOT_FOUND', `No such exec instance: ${execId}`);
}

/** Reads, changes and writes one record in a transaction. */
export function updateExec(ctx: Context, execId: string, change: (record: ExecRecord) => void): ExecRecord {
  return ctx.state.write(() => {
    const record = findExec(ctx, execId);
    change(record);
    execDocuments(ctx).put(execId, record);
    return record;
  });
}

/** Found by the database: a store keeps thousands, and this is in every exec and every health check. */
const execsOf = (ctx: Context, containerId: string): ExecRecord[] =>
  ctx.state
    .prepare("SELECT body FROM documents WHERE kind = 'exec' AND body ->> 'ContainerID' = ?")
    .all(containerId)
    .map(({ body }) => JSON.parse(body as string) as ExecRecord);

/** Drops the oldest ended execs of a container. */
export function forgetOldExecs(ctx: Context, containerId: string): void {
  const ended = execsOf(ctx, containerId)
    .filter(({ Status }) => Status === 'exited')
    .sort((a, b) => b.createdMs - a.createdMs);
  for (const { ID } of ended.slice(KEEP_ENDED)) execDocuments(ctx).remove(ID);
}

/** With the container go its execs; their files lie in its folders. */
export function forgetExecs(ctx: Context, containerId: string): void {
  for (const { ID } of execsOf(ctx, containerId)) execDocuments(ctx).remove(ID);
}

export function removeExecFiles(ctx: Context, exec: ExecRecord): void {
  for (const folder of [execDir(ctx, exec), execExitDir(ctx, exec)]) removeFolder(folder); // the monitor may be tidying up too
}
