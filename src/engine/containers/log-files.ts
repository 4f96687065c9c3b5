/** The files of one container's log, oldest first, opened so that a rotation in between loses nothing. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, EngineError } from '../errors.ts';

/** One open file of a log. Its inode tells it apart, whatever it is called now. */
export interface OpenLog {
  handle: FileHandle;
  inode: bigint;
  /** bytes when it was opened */
  sizeBytes: number;
}

const NAME = /^log(?:\.(\d{1,4}))?$/;
/** Rotations are minutes apart; three in a row while we open files don't happen. */
const ATTEMPTS = 5;

/** Opens log.N … log.1, log of a container's folder. Empty when nothing was logged yet. */
export async function openLogs(folder: string): Promise<OpenLog[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const logs = await openAll(folder);
    const newest = logs.at(-1);
    if (newest === undefined || (await inodeOf(join(folder, 'log'))) === newest.inode) return logs;
    if ((await inodeOf(join(folder, 'log'))) === undefined && attempt > 0) return logs; // between rename and reopen
    await closeLogs(logs);
  }
  throw new EngineError('UNAVAILABLE', `${folder}: the log is rotated faster than it can be opened`);
}

/** Opens the file that follows the one with `inode`, undefined when that is the newest. */
export async function openSuccessor(folder: string, inode: bigint): Promise<OpenLog | undefined> {
  if ((await inodeOf(join(folder, 'log'))) === inode) return undefined;
  const logs = await openLogs(folder);
  // When ours was removed by the rotation, the oldest that is left comes next.
  const index = logs.findIndex((log) => log.inode === inode) + 1;
  const next = logs[index];
  await closeLogs(logs.filter((log) => log !== next));
  return next;
}

export async function closeLogs(logs: readonly OpenLog[]): Promise<void> {
  await Promise.all(logs.map((log) => log.handle.close()));
}

/** Newest first, so that a rotation meanwhile shows a file twice (dropped) rather than never. */
async function openAll(folder: string): Promise<OpenLog[]> {
  const logs: OpenLog[] = [];
  for (const name of await logNames(folder)) {
    const log = await openLog(join(folder, name));
    if (log === undefined) continue;
    if (logs.some((other) => other.inode === log.inode)) await log.handle.close();
    else logs.unshift(log);
  }
  return logs;
}

async function logNames(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => NAME.test(name));
    const age = (name: string) => Number(NAME.exec(name)?.[1] ?? 0);
    return names.sort((a, b) => age(a) - age(b));
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
