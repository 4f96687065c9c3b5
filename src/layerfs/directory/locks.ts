/**
 * Locks between processes that the kernel releases when their holder dies: SQLite's file locks, because Node has no flock.
 * The files stay empty and are never removed; names share 64 of them.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Layout } from './layout.ts';

const SLOTS = 64;
const POLL_MAX_MS = 20;

/** Holders of this process, by lock file: SQLite's wait would stop the event loop they need. */
const queues = new Map<string, Promise<void>>();

/** Runs `fn` while holding the lock of `name`. Not re-entrant; `fn` must take no other lock. */
export async function withFileLock<T>(layout: Layout, name: string, fn: () => Promise<T>): Promise<T> {
  const file = join(layout.locks, String(slotOf(name)));
  const before = queues.get(file);
  const turn = Promise.withResolvers<void>();
  const queue = before === undefined ? turn.promise : before.then(() => turn.promise);
  queues.set(file, queue);
  if (before !== undefined) await before;
  try {
    const release = tryAcquire(file) ?? (await acquire(file));
    try {
      return await fn();
    } finally {
      release();
    }
  } finally {
    turn.resolve();
    if (queues.get(file) === queue) queues.delete(file);
  }
}

async function acquire(file: string): Promise<() => void> {
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, POLL_MAX_MS)) {
    await sleep(waitMs);
    const release = tryAcquire(file);
    if (release !== undefined) return release;
  }
}

/** Undefined when another process has it. */
function tryAcquire(file: string): (() => void) | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // a journal in a file would need room on the disk, also when something is to be removed from a full one
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return (error as { errcode?: unknown }).errcode === SQLITE_BUSY;
}

function slotOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) % 1_000_003;
  return hash % SLOTS;
}
