/** SQLite's and the system's failures on the database, in words a person can act on. */
import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { EngineError } from '../errors.ts';

type Failure = Error & { code?: string; errcode?: number };

/** Primary result codes (sqlite.org/rescode.html); the extended ones hold them in their low byte. */
const BUSY = 5;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANT_OPEN = 14;
const NOT_A_DATABASE = 26;

const SHARED_INDEX_BYTES = 32 * 1024;

/** The error of a full disk. */
export function isFull(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'RESOURCE_EXHAUSTED';
}

/** `error` as an EngineError when it came from SQLite or the file system below it, else unchanged. */
export function databaseError(file: string, error: unknown): unknown {
  if (error instanceof EngineError || !(error instanceof Error)) return error;
  const { code, errcode } = error as Failure;
  const root = dirname(dirname(file));
  const where = `store ${root}`;
  const result = code === 'ERR_SQLITE_ERROR' ? (errcode ?? 0) & 0xff : 0;
  const isSpent = result === FULL || (result === IO_ERROR && !hasSpace(dirname(file)));
  if (code === 'ENOSPC' || code === 'EDQUOT' || isSpent) {
    const hint = 'free some space there, e.g. with: boxtop container prune, boxtop image prune';
    return new EngineError('RESOURCE_EXHAUSTED', `${where}: no space left on device`, { cause: error, hint });
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code ?? '') || result === CANT_OPEN || result === READONLY) {
    return accessError(where, file, error);
  }
  if (result === BUSY) {
    return new EngineError('UNAVAILABLE', `${where}: another process is busy with it`, { cause: error });
  }
  if (result === CORRUPT || result === NOT_A_DATABASE) {
    return new EngineError('DATA_LOSS', `${where}: ${file}: ${error.message}`, {
      cause: error,
      hint: `restore ${file} from a backup, or choose an empty folder with --root`,
    });
  }
  if (result === 0) return error;
  return new EngineError('DATA_LOSS', `${where}: ${file}: ${error.message}`, { cause: error });
}

/** SQLite tells only that it could not open; the system knows why. */
function accessError(where: string, file: string, cause: Error): EngineError {
  if (reasonAgainstWriting(dirname(file)) === 'EROFS' || (cause as Failure).code === 'EROFS') {
    return new EngineError('PERMISSION_DENIED', `${where}: read-only file system`, {
      cause,
      hint: 'mount it writable, or choose another folder with --root',
    });
  }
  return new EngineError('PERMISSION_DENIED', `${where}: permission denied`, {
    cause,
    hint: 'run as root, or choose a folder of your own with --root',
  });
}

/** On a full disk SQLite can't make its shared index, and calls that an input/output error. */
function hasSpace(folder: string): boolean {
  const { bsize, bavail } = statfsSync(folder);
  return bsize * bavail > SHARED_INDEX_BYTES;
}

function reasonAgainstWriting(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as Failure).code;
  }
}
