/** Opens a directory inside a container's root: symlinks count from that root and never lead out of it, whatever changes meanwhile. */

import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { codeOf, EngineError } from '../errors.ts';

/** The kernel's own limit (path_resolution(7)). */
const SYMLINK_LIMIT = 40;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Walks component by component over open directories (/proc/self/fd/N/name is Node's openat), so nothing is checked by path and used later.
 * Undefined when nothing is there. Throws INVALID_ARGUMENT when it is no directory or a symlink loop. The caller closes the handle.
 */
export async function openDirectoryInside(root: string, path: string): Promise<FileHandle | undefined> {
  const stack = [await open(root, DIRECTORY)];
  try {
    const found = await walk(stack, path);
    return found ? stack.pop() : undefined;
  } finally {
    for (const handle of stack) await handle.close();
  }
}

/** Leaves the directory on top of the stack; false = missing. */
async function walk(stack: FileHandle[], path: string): Promise<boolean> {
  const pending = components(path);
  for (let links = 0; pending.length > 0; ) {
    const name = pending.shift()!;
    if (name === '..') {
      if (stack.length > 1) await stack.pop()!.close();
      continue;
    }
    const child = `/proc/self/fd/${stack.at(-1)!.fd}/${name}`;
    const target = await linkTarget(child);
    if (target === undefined) {
      const handle = await openDirectory(child, path);
      if (handle === undefined) return false;
      stack.push(handle);
      continue;
    }
    links += 1;
    if (links > SYMLINK_LIMIT)
      throw new EngineError('INVALID_ARGUMENT', `${path}: too many levels of symbolic links`);
    if (target.startsWith('/')) while (stack.length > 1) await stack.pop()!.close();
    pending.unshift(...components(target));
  }
  return true;
}

const components = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (['EINVAL', 'ENOENT'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

async function openDirectory(child: string, path: string): Promise<FileHandle | undefined> {
  try {
    return await open(child, DIRECTORY);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
    throw new EngineError('INVALID_ARGUMENT', `cannot mount volume over existing file, file exists ${path}`, {
      hint: 'mount it at a folder',
    });
  }
}
