/**
 * Opens things inside a container's root without ever following a link out of it.
 * Node has no openat(2); /proc/self/fd/N/NAME on a directory opened with O_NOFOLLOW does the same, one component at a time.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { codeOf, EngineError } from '../errors.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const O_PATH = 0o10000000;
/** As the kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;
/** moby/sys user: a passwd or group file larger than this is refused (CVE-2026-47262). */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/**
 * Reads a regular file of the root; null when it doesn't exist. Links inside the root are followed, counted from the root.
 * Throws INVALID_ARGUMENT for anything but a regular file ('not a regular file') and for more than 10 MiB ('file exceeds').
 */
export function readRootfsFile(rootfs: string, path: string): string | null {
  const fd = openInRootfs(rootfs, path);
  if (fd === undefined) return null;
  try {
    return readBounded(fd, path);
  } finally {
    closeSync(fd);
  }
}

/** Reads an open file that must be regular and within the size limit. */
export function readBounded(fd: number, name: string): string {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw new EngineError('INVALID_ARGUMENT', `${name}: not a regular file`);
  const buffer = Buffer.alloc(Math.min(stat.size, MAX_FILE_BYTES) + 1);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, buffer.length - length, length);
    if (count === 0) break;
    length += count;
    if (length > MAX_FILE_BYTES) {
      throw new EngineError('INVALID_ARGUMENT', `${name}: file exceeds ${MAX_FILE_BYTES} bytes`);
    }
    if (length === buffer.length) break; // it grew while being read: what was there at the start is enough
  }
  return buffer.toString('utf8', 0, length);
}

/** A descriptor of a file or directory inside the root (O_NONBLOCK, so that no pipe blocks us), undefined when there is none. */
function openInRootfs(rootfs: string, path: string): number | undefined {
  let directory = openSync(rootfs, O_PATH | O_DIRECTORY);
  const stack: number[] = [];
  const todo = path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
  let links = 0;
  try {
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (name === '..') {
        const parent = stack.pop();
        if (parent !== undefined) {
          closeSync(directory);
          directory = parent;
        }
        continue;
      }
      const at = `/proc/self/fd/${directory}/${name}`;
      if (lstatSync(at).isSymbolicLink()) {
        links += 1;
        if (links > MAX_LINKS)
          throw new EngineError('INVALID_ARGUMENT', `${path}: too many levels of symbolic links`);
        const target = readlinkSync(at);
        if (target.startsWith('/')) directory = rewind(stack, directory);
        todo.push(
          ...target
            .split('/')
            .filter((part) => part !== '' && part !== '.')
            .reverse(),
        );
        continue;
      }
      if (todo.length === 0) return openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const next = openSync(at, O_PATH | O_DIRECTORY | O_NOFOLLOW);
      stack.push(directory);
      directory = next;
    }
    return openSync(`/proc/self/fd/${directory}/.`, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  } finally {
    closeSync(directory);
    for (const fd of stack) closeSync(fd);
  }
}

/** Back to the root: an absolute link counts from there. */
function rewind(stack: number[], directory: number): number {
  const [root, ...others] = [...stack, directory];
  for (const fd of others) closeSync(fd);
  stack.length = 0;
  return root!;
}
