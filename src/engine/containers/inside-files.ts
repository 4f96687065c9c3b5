/** Makes and removes one name in a folder held open. The name is never followed when it is a link. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { extractMember, fromBytes, type TarEntry, toBytes } from '../../layerfs/index.ts';
import { codeOf } from '../errors.ts';
import { at } from './inside-walk.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Makes the object of a tar entry (no hard link) under `entry.name`, a single component that nothing has. */
export async function makeEntry(fd: number, entry: TarEntry, signal?: AbortSignal): Promise<void> {
  const path = at(fd, entry.name);
  if (entry.type === 'directory') {
    mkdirSync(path, { mode: 0o700 });
    setFolder(fd, entry.name, entry);
  } else if (entry.type === 'symlink') {
    symlinkSync(toBytes(entry.linkName), path);
    lchownSync(path, entry.uid, entry.gid);
    lutimesSync(path, secondsOf(entry.mtimeNs), secondsOf(entry.mtimeNs));
  } else if (entry.type === 'file' && entry.xattrs.size === 0) {
    await makeFile(path, entry);
  } else {
    await extractMember(`/proc/self/fd/${fd}`, entry, signal);
  }
}

async function makeFile(path: string | Buffer, entry: TarEntry): Promise<void> {
  const file = await open(path, NEW_FILE, 0o600);
  try {
    for await (const bytes of entry.content) {
      for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
    }
    // The owner first: chown(2) drops the setuid bit.
    await file.chown(entry.uid, entry.gid);
    await file.chmod(entry.mode & 0o7777);
    await file.utimes(secondsOf(entry.mtimeNs), secondsOf(entry.mtimeNs));
  } finally {
    await file.close();
  }
}

/** Gives the folder `name` its owner and mode. */
export function setFolder(fd: number, name: string, entry: Pick<TarEntry, 'uid' | 'gid' | 'mode'>): void {
  const folder = openSync(at(fd, name), FOLDER);
  try {
    fchownSync(folder, entry.uid, entry.gid);
    fchmodSync(folder, entry.mode & 0o7777);
  } finally {
    closeSync(folder);
  }
}

/** Sets the time of an open folder. */
export function setTime(fd: number, mtimeNs: bigint): void {
  futimesSync(fd, secondsOf(mtimeNs), secondsOf(mtimeNs));
}

/** Removes a file, a link (not what it points at) or a folder with all that is in it. */
export function removeAt(fd: number, name: string): void {
  const path = at(fd, name);
  if (!lstatSync(path).isDirectory()) {
    unlinkSync(path);
    return;
  }
  const folder = openSync(path, FOLDER);
  try {
    for (const child of readdirSync(at(folder, '.'), { encoding: 'buffer' }))
      removeChild(folder, fromBytes(child));
  } finally {
    closeSync(folder);
  }
  rmdirSync(path);
}

/** The container may remove things meanwhile, too. */
function removeChild(fd: number, name: string): void {
  try {
    removeAt(fd, name);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

const secondsOf = (ns: bigint): number => Number(ns) / 1e9;
