/** The database: every record of a store, one SQLite file in WAL mode, shared by all boxtop processes. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { EngineError } from '../errors.ts';
import { databaseError, isFull } from './database-error.ts';
import { giveUpReserve, keepReserve } from './reserve.ts';

/** How long a writer waits for another process's transaction; transactions are short, so this is generous. */
const BUSY_TIMEOUT_MS = 10_000;

/** Pages of 4 KiB in the log before a process that goes on writes it into the database. */
const LOG_PAGES = 250;
/**
 * A log this large is written into the database and emptied by the next who opens the store: alone there, each reads it whole, 1.5 µs a
 * page, and one that writes only once would never begin it anew, but write it into the database each time.
 */
const LARGE_LOG_BYTES = 128 * 4096;

const SCHEMA_VERSION = 1;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS documents (
  kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (
  kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS names_by_id ON names (kind, id);
CREATE TABLE IF NOT EXISTS locks (
  name TEXT PRIMARY KEY, pid INTEGER NOT NULL, started TEXT NOT NULL, token TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, time_ns INTEGER NOT NULL, body TEXT NOT NULL);
`;

/** An open store. All calls are synchronous and short; long work happens outside of `write`. */
export interface State {
  readonly db: DatabaseSync;
  /** The statement of `sql`, compiled at its first use. For one result at a time: not for `iterate`. */
  prepare(sql: string): StatementSync;
  /**
   * Runs `fn` in one immediate transaction; re-entrant (an inner call joins the outer one). Rolls back when it throws. `fn` runs
   * again when the disk was full and the reserve could be given up; RESOURCE_EXHAUSTED when not.
   */
  write<T>(fn: () => T): T;
  close(): void;
}

/**
 * Opens (creating when absent) the database at `file`. Throws PERMISSION_DENIED when it can't be written, DATA_LOSS when it is no database,
 * RESOURCE_EXHAUSTED on a full disk.
 */
export function openState(file: string): State {
  const db = openWithin(file);
  keepReserve(file);
  const statements = new Map<string, StatementSync>();
  let isInside = false;
  let isTuned = false;
  return {
    db,
    prepare(sql) {
      const statement = statements.get(sql) ?? db.prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
    write(fn) {
      if (isInside) return fn();
      isInside = true;
      try {
        if (!isTuned) db.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
        isTuned = true;
        return withReserve(file, () => transact(db, file, fn));
      } finally {
        isInside = false;
      }
    },
    close() {
      db.close();
      keepReserve(file); // what the database gave back, before others take it
    },
  };
}

/**
 * With the reserve gone too there is no room for the index that processes share of SQLite's log: then it is kept in memory, which makes
 * others wait for the end of this process (sqlite.org/wal.html, "Use of WAL Without Shared-Memory").
 */
function openWithin(file: string): DatabaseSync {
  try {
    return withReserve(file, () => open(file));
  } catch (error) {
    if (!isFull(error)) throw error;
    return open(file, 'PRAGMA locking_mode = EXCLUSIVE');
  }
}

/** On a full disk again and again, each time with a little of the room set aside for that. */
function withReserve<T>(file: string, fn: () => T): T {
  for (;;) {
    try {
      return fn();
    } catch (error) {
      if (!isFull(error) || !giveUpReserve(file)) throw error;
    }
  }
}

function transact<T>(db: DatabaseSync, file: string, fn: () => T): T {
  try {
    db.exec('BEGIN IMMEDIATE');
    const result = fn();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself when the disk is full.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw databaseError(file, error);
  }
}

function open(file: string, first?: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    if (first !== undefined) db.exec(first);
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > SCHEMA_VERSION) {
      throw new EngineError('FAILED_PRECONDITION', `store ${file} was written by a newer boxtop`);
    }
    if (version < SCHEMA_VERSION) {
      db.exec(`PRAGMA journal_mode = WAL; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
    }
    emptyLog(db, file);
    return db;
  } catch (cause) {
    db?.close();
    throw databaseError(file, cause);
  }
}

/** Waits for nobody: who reads or writes just now leaves it to the next. */
function emptyLog(db: DatabaseSync, file: string): void {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size < LARGE_LOG_BYTES) return;
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // a full disk: the log is as good
  } finally {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}
