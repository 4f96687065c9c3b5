/** The files of one container's log, oldest first, opened so that a rotation in between loses nothing. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, EngineError } from '../../errors.ts';

/** One open file of a log. Its inode tells it apart, whatever it is called now. */
export interface OpenLog {
  handle: FileHandle;
  inode: bigint;
  /** bytes when it was opened */
  sizeBytes: number;
}

const NAME = /^log(?:\.(\d{1,4}))?$/;
/** Rotations are a second apart; five while we open files don't happen. */
const ATTEMPTS = 5;

/** Opens log.N … log.1, log of a container's folder. Empty when nothing was logged yet. */
export async function openLogs(folder: string): Promise<OpenLog[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const logs = await openAll(folder);
    const inodes = await inodesOf(folder);
    if (inodes.length === logs.length && logs.every(({ inode }, i) => inode === inodes[i])) return logs;
    await closeLogs(logs); // rotated meanwhile
  }
  throw new EngineError('UNAVAILABLE', `${folder}: the log is rotated faster than it can be opened`);
}

/** Opens the files that follow the one with `inode`, oldest first; none when that is the newest. */
export async function openSuccessors(folder: string, inode: bigint): Promise<OpenLog[]> {
  if ((await inodeOf(join(folder, 'log'))) === inode) return [];
  const logs = await openLogs(folder);
  // When ours was removed by the rotation, all that are left come after it.
  const next = logs.findIndex((log) => log.inode === inode) + 1;
  await closeLogs(logs.slice(0, next));
  return logs.slice(next);
}

export async function closeLogs(logs: readonly OpenLog[]): Promise<void> {
  await Promise.all(logs.map((log) => log.handle.close()));
}

async function openAll(folder: string): Promise<OpenLog[]> {
  const logs: OpenLog[] = [];
  for (const name of await logNames(folder)) {
    const log = await openLog(join(folder, name));
    if (log !== undefined) logs.push(log);
  }
  return logs;
}

async function inodesOf(folder: string): Promise<(bigint | undefined)[]> {
  const names = await logNames(folder);
  return Promise.all(names.map((name) => inodeOf(join(folder, name))));
}

/** Oldest first. */
async function logNames(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => NAME.test(name));
    const age = (name: string) => Number(NAME.exec(name)?.[1] ?? 0);
    return names.sort((a, b) => age(b) - age(a));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function openLog(file: string): Promise<OpenLog | undefined> {
  try {
    const handle = await open(file, 'r');
    const { ino, size } = await handle.stat({ bigint: true });
    return { handle, inode: ino, sizeBytes: Number(size) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function inodeOf(file: string): Promise<bigint | undefined> {
  try {
    return (await stat(file, { bigint: true })).ino;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a container's log takes of the disk, its rotated files included. */
export async function logBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await logNames(folder)) {
    const found = await stat(join(folder, name)).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    bytes += found?.size ?? 0;
  }
  return bytes;
}
