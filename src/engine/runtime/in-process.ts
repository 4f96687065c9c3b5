/**
 * What `start` and `delete` of crun and runc come down to, done without starting a program (each costs 8 to 15 ms). Both answer false when
 * anything is not as expected: then the caller runs the program.
 */
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../errors.ts';
import { processStart } from '../state/locks.ts';

/** A container, and its first process. */
interface Created {
  id: string;
  pid: number;
}

const FIFO_WAIT_MS = 250;
/** Of a busy machine: who has opened it and leaves makes the process's write fail, and with it the start. */
const BYTE_WAIT_MS = 10_000;
const CGROUPS = '/sys/fs/cgroup';

/**
 * A created container waits at STATE/ID/exec.fifo: crun's reads one byte from it, runc's writes one into it. The fifo's absence then tells
 * the runtime that the container runs. One that was killed meanwhile is not waited for.
 */
export async function releaseProcess(
  stateDir: string,
  runtime: string,
  { id, pid }: Created,
): Promise<boolean> {
  const fifo = fifoOf(stateDir, id);
  const step = runtime === 'crun' ? writeByte : runtime === 'runc' ? readByte : undefined;
  if (step === undefined) return false;
  for (const deadline = Date.now() + FIFO_WAIT_MS; Date.now() < deadline; await sleep(1)) {
    try {
      if (await step(fifo, pid)) return true;
    } catch (error) {
      if (codeOf(error) !== 'ENXIO') return false; // else it hasn't reached the fifo yet
    }
    if (processStart(pid) === undefined) return false;
  }
  return false;
}

const fifoOf = (stateDir: string, id: string): string => join(stateDir, id, 'exec.fifo');

/**
 * Whether the runtime still holds a container's process back. The fifo alone doesn't tell: who let the process run may have been killed
 * before he could remove it.
 */
export function isHeld(stateDir: string, { id, pid }: Created): boolean {
  const fifo = statSync(fifoOf(stateDir, id), { throwIfNoEntry: false });
  return fifo !== undefined && hasOpen(pid, fifo);
}

/** runc's and crun's processes have the fifo open until they execute the program. */
function hasOpen(pid: number, { dev, ino }: Stats): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => {
      const file = statSync(join(folder, descriptor), { throwIfNoEntry: false });
      return file?.ino === ino && file.dev === dev;
    });
  } catch {
    return false; // it has ended, as its monitor tells
  }
}

async function writeByte(fifo: string): Promise<boolean> {
  const fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    unlinkSync(fifo);
    writeSync(fd, '0');
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Opening lets the process go on; the byte says that it has. */
async function readByte(fifo: string, pid: number): Promise<boolean> {
  const fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    for (const deadline = Date.now() + BYTE_WAIT_MS; Date.now() < deadline; await sleep(1)) {
      const isAlive = processStart(pid) !== undefined; // asked first: it may write, run and end at once
      if (hasByte(fd)) {
        unlinkSync(fifo);
        return true;
      }
      if (!isAlive) return false;
    }
    return false;
  } finally {
    closeSync(fd);
  }
}

function hasByte(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1), 0, 1, null) === 1;
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return false;
    throw error;
  }
}

/**
 * Removes the empty cgroups and the runtime's folder of a container whose first process has ended. A cgroup that still has processes or
 * cgroups below refuses (EBUSY): false, and nothing of the runtime's state is lost.
 */
export function forgetContainer(stateDir: string, cgroupsPath: string, id: string): boolean {
  try {
    for (const root of [CGROUPS, ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name))])
      removeGroup(join(root, cgroupsPath));
    rmSync(join(stateDir, id), { recursive: true, force: true });
    return true;
  } catch {
    return false; // the runtime itself knows better
  }
}

/**
 * Removes a container's cgroups with all below them: a runtime that could not create the container forgets it, and leaves them. One that
 * the kernel holds on to (a process that waits for a dead disk) stays.
 */
export async function removeGroups(cgroupsPath: string): Promise<void> {
  const roots = [CGROUPS, ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name))];
  const deadline = Date.now() + BUSY_MS;
  for (const path of roots.map((root) => join(root, cgroupsPath))) {
    while (!removeTree(path) && Date.now() < deadline) await sleep(BUSY_WAIT_MS);
  }
}

/** Killed processes leave their group a moment after their end, on a busy machine a long one. */
const BUSY_MS = 5000;
const BUSY_WAIT_MS = 4;

/** False when one is busy. The files of a cgroup go with it. */
function removeTree(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory() && !removeTree(join(path, entry.name))) return false;
    removeGroup(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return true;
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

function removeGroup(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
  }
}
