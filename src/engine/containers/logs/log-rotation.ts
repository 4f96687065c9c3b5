/**
 * Rotates logs by renaming: log → log.1 → log.2 …, the oldest is removed. conmon's own `--log-size-max` would replace the file and lose
 * what was in it; told to, it opens a new one between two reads of the container's output, so that no line is lost or doubled.
 */
import {
  existsSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { codeOf } from '../../errors.ts';
import { tellMonitor } from '../../runtime/conmon-control.ts';
import { withLock } from '../../state/locks.ts';
import type { ContainerRecord } from '../../types/containers.ts';
import { monitorPid } from '../monitor.ts';
import { bundleDir, containerDir, logFile } from '../paths.ts';
import { type LogLimits, logLimits } from './log-limits.ts';

/** conmon's REOPEN_LOGS_EVENT (src/config.h, src/ctrl.c) */
const REOPEN = '2 0 0\n';
/** A monitor takes a millisecond; one that waits for its disk is seen to the next time. */
const REOPEN_MS = 1000;
const POLL_MS = 2;
const LOCK_MS = 5000;
const ROTATED = /^log\.(\d{1,4})$/;

/** A file of a log, and its bytes. */
export interface LogFile {
  name: string;
  sizeBytes: number;
}

/**
 * What to do to the files of a log whose newest has become too large: first removals, then renames, in this order. A file may have
 * grown far beyond the limit before somebody looked: then fewer are kept, so that all together stay within theirs.
 */
export function planRotation(
  files: readonly LogFile[],
  { maxFiles, maxSizeBytes }: LogLimits,
): { remove: string[]; rename: [from: string, to: string][] } {
  const aged = files
    .flatMap(({ name, sizeBytes }) => {
      const number = name === 'log' ? '0' : ROTATED.exec(name)?.[1];
      return number === undefined ? [] : [{ name, age: Number(number), sizeBytes }];
    })
    .sort((a, b) => a.age - b.age);
  let room = maxFiles * maxSizeBytes;
  const remove: string[] = [];
  const rename: [string, string][] = [];
  for (const { name, age, sizeBytes } of aged) {
    room -= sizeBytes;
    if (age + 1 < maxFiles && (age === 0 || room >= 0)) rename.unshift([name, `log.${age + 1}`]);
    else if (age > 0) remove.push(name); // with one file only, the next just takes the place of `log`
  }
  return { remove, rename };
}

/**
 * Rotates the log of a running container that has become too large, and gives its monitor a file again whose own was deleted. False when
 * that failed: there is no room, or the monitor does not react.
 */
export async function tendLog(ctx: Context, { Id, HostConfig }: ContainerRecord): Promise<boolean> {
  const limits = logLimits(HostConfig.LogConfig);
  return limits === undefined || !isDue(ctx, Id, limits) || rotate(ctx, Id, limits);
}

/** Returns whether it is as it should be then. */
const rotate = (ctx: Context, id: string, limits: LogLimits): Promise<boolean> =>
  withLock(
    ctx.state,
    `log:${id}`,
    async () => {
      if (!isDue(ctx, id, limits)) return true; // another process was faster
      return reopen(ctx, id, existsSync(logFile(ctx, id)) ? removeOldest(ctx, id, limits) : []);
    },
    { timeoutMs: LOCK_MS },
  );

/** Before its monitor starts: a log that outgrew its limit just before the last end is rotated now. */
export function rotateStopped(ctx: Context, { Id, HostConfig }: ContainerRecord): void {
  const limits = logLimits(HostConfig.LogConfig);
  if (limits === undefined || (sizeOf(logFile(ctx, Id)) ?? 0) <= limits.maxSizeBytes) return;
  const rename = removeOldest(ctx, Id, limits);
  if (rename.length > 0) renameAll(ctx, Id, rename);
  else rmSync(logFile(ctx, Id), { force: true });
}

/** Frees what the logs take, for a container that is about to be removed. At once: the monitor may still hold the file. */
export function removeLogs(ctx: Context, id: string): void {
  const folder = containerDir(ctx, id);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names.filter((one) => one === 'log' || ROTATED.test(one))) {
    truncateSync(join(folder, name));
    rmSync(join(folder, name), { force: true });
  }
}

/** True when the log of a running container is no longer where it should be: someone has deleted it. */
export function isLogDeleted(ctx: Context, id: string): boolean {
  const pid = monitorPid(ctx, id);
  return pid !== undefined && !existsSync(logFile(ctx, id)) && holdsDeleted(pid, containerDir(ctx, id));
}

/** Lets the monitor go on in a new file when its own was deleted. */
export const reopenDeleted = (ctx: Context, id: string): Promise<boolean> =>
  withLock(ctx.state, `log:${id}`, async () => isLogDeleted(ctx, id) && reopen(ctx, id), {
    timeoutMs: LOCK_MS,
  });

/** Also when it is missing: it was deleted, or the monitor has not heard us yet. */
function isDue(ctx: Context, id: string, { maxSizeBytes }: LogLimits): boolean {
  const size = sizeOf(logFile(ctx, id));
  return size === undefined || size > maxSizeBytes;
}

/** Removes what is too much after the rotation, which may be the room it needs; returns the renames that are to follow. */
function removeOldest(ctx: Context, id: string, limits: LogLimits): [from: string, to: string][] {
  const folder = containerDir(ctx, id);
  const files = readdirSync(folder).map((name) => ({ name, sizeBytes: sizeOf(join(folder, name)) ?? 0 }));
  const { remove, rename } = planRotation(files, limits);
  for (const name of remove) rmSync(join(folder, name), { force: true });
  return rename;
}

function renameAll(ctx: Context, id: string, rename: readonly [from: string, to: string][]): void {
  const folder = containerDir(ctx, id);
  for (const [from, to] of rename) renameSync(join(folder, from), join(folder, to));
}

/**
 * Has the monitor open a new file. It ends when it can't, and its container with it: so it finds the file there already, and is not
 * even asked when there is no room for one. Returns whether it did.
 */
async function reopen(
  ctx: Context,
  id: string,
  rename: readonly [from: string, to: string][] = [],
): Promise<boolean> {
  const log = logFile(ctx, id);
  const next = provideFile(`${log}.tmp`);
  if (next === undefined) return false;
  renameAll(ctx, id, rename);
  if (!tellMonitor(bundleDir(ctx, id), REOPEN)) {
    rmSync(`${log}.tmp`, { force: true });
    return true; // it has ended
  }
  for (let waited = 0; waited < REOPEN_MS && inodeOf(log) !== next; waited += POLL_MS) await sleep(POLL_MS);
  return inodeOf(log) === next;
}

/** Makes an empty file and returns its inode; undefined when the disk has no room for it. */
function provideFile(file: string): number | undefined {
  try {
    writeFileSync(file, '', { mode: 0o600 });
    return inodeOf(file);
  } catch (error) {
    if (['ENOENT', 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** proc(5): the target of a descriptor whose file was removed ends with ' (deleted)'. */
function holdsDeleted(pid: number, folder: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return target.startsWith(`${folder}/log`) && target.endsWith(' (deleted)');
    });
  } catch {
    return false; // it has ended meanwhile
  }
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}
