/** Which containers need somebody to look after them (a health check, a pending restart), and the process that does. */
import { join } from 'node:path';
import { startDetached } from '../command.ts';
import type { Context } from '../context.ts';
import { openDocuments } from '../state/documents.ts';
import { isLocked, lockFor, unlockIf } from '../state/locks.ts';

/** Held by the one supervisor of a store. */
export const SUPERVISOR_LOCK = 'supervisor';

/** Kind 'supervised', by container id. */
interface Supervised {
  /** the health check under way: whoever takes over from a killed supervisor ends it */
  execId?: string;
}

const supervised = (ctx: Context) => openDocuments<Supervised>(ctx.state, 'supervised');

/** Lists the container; `ensureSupervisor` follows once that is written. */
export function superviseContainer(ctx: Context, id: string, execId?: string): void {
  supervised(ctx).put(id, execId === undefined ? {} : { execId });
}

export function unsuperviseContainer(ctx: Context, id: string): void {
  if (supervised(ctx).get(id) !== undefined) supervised(ctx).remove(id);
}

export const supervisedIds = (ctx: Context): string[] =>
  ctx.state
    .prepare("SELECT id FROM documents WHERE kind = 'supervised'")
    .all()
    .map(({ id }) => id as string);

/** The health check that was under way when the supervisor was killed. */
export const unfinishedCheck = (ctx: Context, id: string): string | undefined =>
  supervised(ctx).get(id)?.execId;

/** For who opens the store: a supervisor that was killed is started again by the next command. */
export function reviveSupervisor(ctx: Context): void {
  const some = ctx.state.prepare("SELECT 1 FROM documents WHERE kind = 'supervised' LIMIT 1").get();
  if (some !== undefined) ensureSupervisor(ctx);
}

/** Starts the supervisor unless it runs; it is born with the lock. */
export function ensureSupervisor(ctx: Context): void {
  if (isLocked(ctx.state, SUPERVISOR_LOCK)) return;
  const { root, runRoot } = ctx.paths;
  const [file, ...args] = [...ctx.self, '--root', root, '--runroot', runRoot, 'internal', 'supervise'];
  if (file === undefined) return;
  lockFor(ctx.state, SUPERVISOR_LOCK, () => startDetached(file, args, join(runRoot, 'supervisor.log')));
}

/** True when there is nothing left to do; the lock is given back in the same transaction, so that nobody relies on a supervisor about to end. */
export function retireSupervisor(ctx: Context): boolean {
  return unlockIf(ctx.state, SUPERVISOR_LOCK, () => supervisedIds(ctx).length === 0);
}
