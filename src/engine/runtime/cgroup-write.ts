/** Changes the limits of a running group: all of them, or, when the kernel refuses one, none. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, messageOf } from '../errors.ts';
import type { CgroupSetting } from './cgroup-settings.ts';

interface Write {
  path: string;
  value: string;
  former: string;
}

/**
 * `folderOf` gives the group's folder in a controller's hierarchy. Throws FAILED_PRECONDITION with the kernel's reason; the group then
 * has its former limits.
 */
export function writeCgroup(
  settings: readonly CgroupSetting[],
  folderOf: (controller: string) => string | undefined,
): void {
  const writes = inOrder(settings.map((setting) => writeOf(setting, folderOf)));
  checkMemory(writes);
  const done: Write[] = [];
  for (const write of writes) {
    try {
      writeFileSync(write.path, write.value);
      done.push(write);
    } catch (error) {
      const lost = restore(done.reverse());
      throw refused(write, error, lost);
    }
  }
}

function writeOf(
  { controller, choices }: CgroupSetting,
  folderOf: (controller: string) => string | undefined,
): Write {
  const folder = folderOf(controller);
  const found = choices
    .map(({ file, value }) => ({ path: join(folder ?? '/', file), value }))
    .find(({ path }) => folder !== undefined && existsSync(path));
  if (found !== undefined) return { ...found, former: readFileSync(found.path, 'utf8').trim() };
  const { file, value } = choices[0]!;
  throw new EngineError('FAILED_PRECONDITION', `this machine has no ${file} to write ${value} to`, {
    hint: `the ${controller} controller is not there, or not handed down to the container's group`,
  });
}

/** v1 keeps memory ≤ memory plus swap at every moment: what is raised begins with the sum. */
function inOrder(writes: readonly Write[]): Write[] {
  const swap = writes.find(({ path }) => path.endsWith('/memory.memsw.limit_in_bytes'));
  if (swap === undefined || bytesOf(swap.value) < bytesOf(swap.former)) return [...writes];
  return [swap, ...writes.filter((write) => write !== swap)];
}

/** v2 takes a limit below what is used, and kills. v1 refuses it by itself. */
function checkMemory(writes: readonly Write[]): void {
  const limit = writes.find(({ path }) => path.endsWith('/memory.max'));
  if (limit === undefined) return;
  const file = (name: string) => readFileSync(limit.path.replace(/max$/, name), 'utf8');
  const cache = Number(/^inactive_file (\d+)$/m.exec(file('stat'))?.[1] ?? 0);
  const used = Number(file('current')) - cache;
  if (bytesOf(limit.value) < used) throw belowUsage(limit.value, used);
}

const belowUsage = (limit: string, used: number) =>
  new EngineError('FAILED_PRECONDITION', `unable to set memory limit to ${limit} (current usage: ${used})`, {
    hint: 'give more, or let the container free memory first',
  });

const bytesOf = (value: string): number =>
  value === 'max' || value === '-1' ? Number.POSITIVE_INFINITY : Number(value);

/** Returns what could not be put back. */
function restore(writes: readonly Write[]): string[] {
  return writes.flatMap(({ path, former }) => {
    try {
      writeFileSync(path, former);
      return [];
    } catch (error) {
      return [`${path}: ${messageOf(error)}`];
    }
  });
}

function refused({ path, value }: Write, error: unknown, lost: readonly string[]): EngineError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EBUSY' && path.endsWith('/memory.limit_in_bytes'))
    return belowUsage(value, Number(readFileSync(path.replace('limit_in', 'usage_in'), 'utf8')));
  const why = KERNEL_WORDS[code ?? ''] ?? messageOf(error);
  const rest = lost.length === 0 ? '' : `; not put back: ${lost.join(', ')}`;
  return new EngineError('FAILED_PRECONDITION', `failed to write "${value}": write ${path}: ${why}${rest}`, {
    cause: error,
  });
}

/** strerror(3), as runc words it. */
const KERNEL_WORDS: Readonly<Record<string, string>> = {
  EINVAL: 'invalid argument',
  EBUSY: 'device or resource busy',
  ERANGE: 'numerical result out of range',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOSPC: 'no space left on device',
  ENODEV: 'no such device',
};
