/** Measures a directory tree: fast, bounded, and of hostile trees too. */
import { closeSync, constants, lstatSync, openSync, readdirSync, type Stats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** So many objects are looked at before others get their turn: about 2 ms. */
const SLICE = 500;

/** A longer path goes on from an open directory: the kernel takes 4096 bytes of path, trees may be deeper. */
const LONG_PATH_BYTES = 3000;

/** A directory to read (its path as latin1 bytes), or an open one that is finished with. */
type Step = string | number;

/**
 * Bytes of all that lies below `directory` but directories: sizes as files tell them, each inode once, other file systems that are
 * mounted inside left out, links not followed. What goes away meanwhile does not count; a missing directory has 0 bytes.
 * Throws an AbortError.
 */
export async function treeBytes(directory: string, signal?: AbortSignal): Promise<number> {
  const start = Buffer.from(directory).toString('latin1');
  const top = statOf(start);
  if (top === undefined) return 0;
  const seen = new Set<number>();
  const steps: Step[] = [start];
  let bytes = 0;
  let looked = 0;
  try {
    while (steps.length > 0) {
      const step = steps.pop()!;
      if (typeof step === 'number') {
        closeSync(step);
        continue;
      }
      const path = within(step, steps);
      for (const entry of entriesOf(path)) {
        looked += 1;
        if (looked % SLICE === 0) await nextTurn();
        signal?.throwIfAborted();
        const name = `${path}/${entry.name.toString('latin1')}`;
        const found = statOf(name);
        if (found === undefined || found.dev !== top.dev) continue;
        if (found.isDirectory()) steps.push(name);
        else if (found.nlink === 1 || !seen.has(found.ino)) {
          if (found.nlink > 1) seen.add(found.ino);
          bytes += found.size;
        }
      }
    }
    return bytes;
  } finally {
    for (const step of steps) if (typeof step === 'number') closeSync(step);
  }
}

/** `path`, or a short one for the same directory; it is closed when all that `steps` gets from now on is done. */
function within(path: string, steps: Step[]): string {
  if (path.length < LONG_PATH_BYTES) return path;
  try {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
    const fd = openSync(Buffer.from(path, 'latin1'), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    steps.push(fd);
    return `/proc/self/fd/${fd}`;
  } catch (error) {
    if (isGone(error)) return path;
    throw error;
  }
}

function entriesOf(path: string) {
  try {
    return readdirSync(Buffer.from(path, 'latin1'), { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(Buffer.from(path, 'latin1'));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Removed, or replaced by something else, since its name was read. */
const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
