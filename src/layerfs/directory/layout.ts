/**
 * Where the directory store keeps what, below its root (0700):
 *   layers/HEX/{layer.json,diff/}   a finished layer: record and content
 *   l/SHORT -> ../layers/HEX/diff   short names, so that 127 layers fit in one page of mount options
 *   areas/KEY/{area.json,upper/,work/,root/,holders/}, and fixtures/ when there are any
 *   ingest/OWNER.NUMBER/            unfinished layers, named by the process that writes them
 *   trash/                          what is being removed
 *   empty/                          lower directory of areas without layers
 *   locks/                          see locks.ts
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerError } from '../errors.ts';
import type { DiffId } from '../store.ts';
import { isAlive, ownOwner } from './owner.ts';
import { removeTree } from './program.ts';

export interface Layout {
  root: string;
  layers: string;
  links: string;
  areas: string;
  ingest: string;
  trash: string;
  empty: string;
  locks: string;
}

/**
 * Creates the directories. Throws PERMISSION_DENIED when they may not be made. Synchronous, as all small steps of this store: a turn
 * through Node's thread pool costs ten times what they take.
 */
export function openLayout(path: string): Layout {
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
    const root = realpathSync.native(path);
    const at = (name: string) => `${root}/${name}`;
    const layout: Layout = {
      root,
      layers: at('layers'),
      links: at('l'),
      areas: at('areas'),
      ingest: at('ingest'),
      trash: at('trash'),
      empty: at('empty'),
      locks: at('locks'),
    };
    const { root: _, empty, ...others } = layout;
    const make = (directory: string, mode: number) => {
      if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode }); // every command looks: quicker than to make it again
    };
    for (const directory of Object.values(others)) make(directory, 0o700);
    make(empty, 0o755);
    return layout;
  } catch (error) {
    throw storageError(error, `opening the layer store ${path}`);
  }
}

const DIFF_ID = /^sha256:([0-9a-f]{64})$/;

/** The hex digits of a diffID; they are the only thing that becomes a name in the store. Throws INVALID_ARGUMENT. */
export function hexOf(diffId: DiffId): string {
  const hex = DIFF_ID.exec(diffId)?.[1];
  if (hex === undefined)
    throw new LayerError('INVALID_ARGUMENT', `invalid layer digest ${JSON.stringify(diffId.slice(0, 100))}`, {
      hint: "a diffID is 'sha256:' and 64 hexadecimal digits",
    });
  return hex;
}

/** One plain path component, harmless in mount options. */
export const AREA_KEY = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** Throws INVALID_ARGUMENT unless `key` is one plain path component. */
export function areaPath(layout: Layout, key: string): string {
  if (!AREA_KEY.test(key))
    throw new LayerError('INVALID_ARGUMENT', `invalid area name ${JSON.stringify(key.slice(0, 100))}`, {
      hint: 'letters, digits, dots, dashes and underscores only',
    });
  return join(layout.areas, key);
}

let namesMade = 0;

/** A fresh name in `directory` that tells which process made it. */
export function ownedName(directory: string): string {
  return join(directory, `${ownOwner()}.${process.hrtime.bigint().toString(36)}-${++namesMade}`);
}

/** Removes what dead processes left in `directory`, whose names are those of `ownedName`. */
export async function sweepOwned(directory: string): Promise<void> {
  for (const name of readdirSync(directory)) {
    if (!isAlive(name.slice(0, name.indexOf('.')))) await removeTree(join(directory, name));
  }
}

/** Takes `path` out of sight at once, then removes it. Missing paths are no error. */
export async function discard(layout: Layout, path: string): Promise<void> {
  const grave = ownedName(layout.trash);
  try {
    renameSync(path, grave);
  } catch (error) {
    if (isMissing(error)) return;
    throw storageError(error, `removing ${path}`);
  }
  await removeTree(grave);
}

/** Writes aside, flushes, renames. */
export async function writeRecord(path: string, record: unknown): Promise<void> {
  const aside = `${path}.new`;
  await writeFile(aside, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
  renameSync(aside, path);
}

/** Undefined when there is none. Throws DATA_LOSS when it is no JSON. */
export function readRecord(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageError(error, `reading ${path}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new LayerError('DATA_LOSS', `damaged record ${path}`, { cause, hint: 'remove what it belongs to' });
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Anything thrown while working on the disk, as a LayerError. */
export function storageError(error: unknown, doing: string): LayerError {
  if (error instanceof LayerError) return error;
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new LayerError('RESOURCE_EXHAUSTED', 'no space left on device', {
      cause: error,
      hint: 'free space on the disk, e.g. remove images that are not used',
    });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new LayerError('PERMISSION_DENIED', `${doing}: ${message}`, {
      cause: error,
      hint: 'run it as root',
    });
  if (name === 'AbortError') return new LayerError('CANCELED', `${doing}: canceled`, { cause: error });
  return new LayerError('INTERNAL', `${doing}: ${message}`, { cause: error });
}
