/** Opens a file that a walk has found: what took its place since is never waited for and never followed. */
import { closeSync, constants, createReadStream, fstatSync, openSync, type ReadStream } from 'node:fs';
import { EngineError } from '../errors.ts';
import { diskPath } from './context-files.ts';

// open(2): a pipe without a writer would wait for ever, a symlink lead out of the context
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A descriptor of the regular file at `path`. Throws FAILED_PRECONDITION when it is no regular file any more, and errors of open(2). */
export function openContextFile(path: string): number {
  const descriptor = openFile(path);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw replaced(path);
}

/** Its bytes; the stream closes the descriptor. `end`: the last byte wanted. Throws as `openContextFile`. */
export const streamContextFile = (path: string, options: { end?: number } = {}): ReadStream =>
  createReadStream('', { ...options, fd: openContextFile(path) });

function openFile(path: string): number {
  try {
    return openSync(diskPath(path), FLAGS);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    // a symlink; a socket
    throw code === 'ELOOP' || code === 'ENXIO' ? replaced(path, cause) : cause;
  }
}

const replaced = (path: string, cause?: unknown) =>
  new EngineError('FAILED_PRECONDITION', `read build context: ${path} was replaced while it was read`, {
    cause,
    hint: 'build again',
  });
