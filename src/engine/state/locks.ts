/** Named locks between processes. A lock dies with its process: the holder's pid and start time are checked. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import { randomHex } from '../random.ts';
import type { State } from './state.ts';

const POLL_MS = 4;
const POLL_MAX_MS = 50;

export interface LockOptions {
  signal?: AbortSignal;
  /** Throws UNAVAILABLE after this long; without it the wait ends only with the holder or the signal. */
  timeoutMs?: number;
}

/**
 * Runs `fn` while holding the lock `name` ('container:ID', 'pull:DIGEST'). Not re-entrant.
 * Waiting polls the database (4 to 50 ms): locks are rarely contended and Node has no flock.
 */
export async function withLock<T>(
  state: State,
  name: string,
  fn: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const token = await acquire(state, name, options);
  try {
    return await fn();
  } finally {
    state.write(() => state.prepare('DELETE FROM locks WHERE name = ? AND token = ?').run(name, token));
  }
}

async function acquire(state: State, name: string, options: LockOptions): Promise<string> {
  const token = randomHex(16);
  const deadline =
    options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.timeoutMs;
  for (let wait = POLL_MS; ; wait = Math.min(wait * 2, POLL_MAX_MS)) {
    if (tryAcquire(state, name, token)) return token;
    if (Date.now() > deadline)
      throw new EngineError('UNAVAILABLE', `${name}: another process is busy with it`);
    await sleep(wait, undefined, { signal: options.signal });
  }
}

function tryAcquire(state: State, name: string, token: string): boolean {
  return state.write(() => {
    const row = state.prepare('SELECT pid, started FROM locks WHERE name = ?').get(name);
    if (row !== undefined && processStart(row['pid'] as number) === row['started']) return false;
    state
      .prepare('INSERT OR REPLACE INTO locks (name, pid, started, token) VALUES (?, ?, ?, ?)')
      .run(name, process.pid, processStart(process.pid) ?? '', token);
    return true;
  });
}

/** Start time of a process in clock ticks after boot (proc(5) /proc/PID/stat field 22), undefined when it is gone. */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** True while a living process holds the lock: something is being done to what it names. */
export function isLocked(state: State, name: string): boolean {
  const row = state.prepare('SELECT pid, started FROM locks WHERE name = ?').get(name);
  return row !== undefined && processStart(row['pid'] as number) === row['started'];
}

/** Makes the process that `start` starts the holder of a free lock, in one transaction; undefined = it could not be started. */
export function lockFor(state: State, name: string, start: () => number | undefined): void {
  state.write(() => {
    if (isLocked(state, name)) return;
    const pid = start();
    const started = pid === undefined ? undefined : processStart(pid);
    if (pid === undefined || started === undefined) return;
    state
      .prepare('INSERT OR REPLACE INTO locks (name, pid, started, token) VALUES (?, ?, ?, ?)')
      .run(name, pid, started, randomHex(16));
  });
}

/** Takes a lock unless another process holds it; true also when this one was made the holder, which may be under way. */
export function tryLock(state: State, name: string): boolean {
  return state.write(() => holdsLock(state, name) || tryAcquire(state, name, randomHex(16)));
}

function holdsLock(state: State, name: string): boolean {
  const row = state.prepare('SELECT pid, started FROM locks WHERE name = ?').get(name);
  return row?.['pid'] === process.pid && row['started'] === processStart(process.pid);
}

/** Gives a lock of this process back when `condition` holds, both in one transaction. Returns whether it did. */
export function unlockIf(state: State, name: string, condition: () => boolean): boolean {
  return state.write(() => {
    if (!condition()) return false;
    state.prepare('DELETE FROM locks WHERE name = ? AND pid = ?').run(name, process.pid);
    return true;
  });
}

/** Names that begin with `prefix` of locks whose holder died: what they guard was left half-way. */
export function abandonedLocks(state: State, prefix: string): string[] {
  const rows = state
    .prepare('SELECT name, pid, started FROM locks WHERE name >= ? AND name < ?')
    .all(prefix, `${prefix}\u{10ffff}`);
  return rows
    .filter(({ pid, started }) => processStart(pid as number) !== started)
    .map(({ name }) => name as string);
}
