/** The files of a build context: a walk of its folder that leaves out what .dockerignore names and follows no symlink. */
import type { Dirent } from 'node:fs';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { IgnoreMatcher } from './ignore.ts';

export interface ContextFile {
  /** relative to the context, slashes, no leading one: 'src/a.c' */
  path: string;
  /** absolute, on this machine */
  file: string;
  type: 'file' | 'directory' | 'symlink';
  /** permission bits, setuid and sticky included */
  mode: number;
  sizeBytes: number;
  mtimeNs: bigint;
  linkTarget: string;
  /** identifies unchanged content together with size and times */
  inode: bigint;
  ctimeNs: bigint;
}

export interface WalkOptions {
  signal?: AbortSignal;
  /** Called now and then with what was seen so far. */
  onProgress?: (seen: { files: number; bytes: number }) => void;
}

const PROGRESS_EVERY_FILES = 500;

/** Yields control, so that a long walk can be cancelled and shown. */
const breathe = () => new Promise<void>((done) => setImmediate(done));

/**
 * Entries below `root` in path order, directories before what they hold. Sockets, pipes and devices are left out, as Docker does.
 * A directory that is ignored is still walked when exceptions (`!`) could bring something back.
 * Throws NOT_FOUND, PERMISSION_DENIED with the path, CANCELED.
 */
export async function walkContext(
  root: string,
  ignore: IgnoreMatcher,
  options: WalkOptions = {},
): Promise<Map<string, ContextFile>> {
  const files = new Map<string, ContextFile>();
  const seen = { files: 0, bytes: 0 };
  const stack: string[] = [''];
  while (stack.length > 0) {
    const folder = stack.pop()!;
    for (const entry of readFolder(join(root, folder)).sort(byName)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isIgnored = ignore.isIgnored(path);
      if (entry.isDirectory() && (!isIgnored || ignore.hasExceptions)) stack.push(path);
      if (isIgnored) continue;
      const file = describe(root, path, entry);
      if (file === undefined) continue;
      files.set(path, file);
      seen.bytes += file.sizeBytes;
      seen.files += 1;
      if (seen.files % PROGRESS_EVERY_FILES === 0) {
        options.onProgress?.(seen);
        await breathe();
        if (options.signal?.aborted) throw new EngineError('CANCELED', 'read build context: canceled');
      }
    }
  }
  options.onProgress?.(seen);
  return new Map([...files].sort(([a], [b]) => comparePaths(a, b)));
}

const byName = (a: Dirent, b: Dirent) => (a.name < b.name ? -1 : 1);

/** Path order by component, so that a directory stands right before its content. */
export function comparePaths(a: string, b: string): number {
  const left = a.replaceAll('/', '\0');
  const right = b.replaceAll('/', '\0');
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw readError(folder, cause as NodeJS.ErrnoException);
  }
}

function describe(root: string, path: string, entry: Dirent): ContextFile | undefined {
  const type = entry.isFile()
    ? 'file'
    : entry.isDirectory()
      ? 'directory'
      : entry.isSymbolicLink()
        ? 'symlink'
        : undefined;
  if (type === undefined) return undefined;
  const full = join(root, path);
  try {
    const stat = lstatSync(full, { bigint: true });
    return {
      path,
      file: full,
      type,
      mode: Number(stat.mode & 0o7777n),
      sizeBytes: type === 'file' ? Number(stat.size) : 0,
      mtimeNs: stat.mtimeNs,
      linkTarget: type === 'symlink' ? readlinkSync(full) : '',
      inode: stat.ino,
      ctimeNs: stat.ctimeNs,
    };
  } catch (cause) {
    throw readError(full, cause as NodeJS.ErrnoException);
  }
}

function readError(path: string, cause: NodeJS.ErrnoException): EngineError {
  if (cause.code === 'ENOENT')
    return new EngineError('NOT_FOUND', `read build context: ${path} not found`, { cause });
  const code = cause.code === 'EACCES' ? 'PERMISSION_DENIED' : 'INTERNAL';
  return new EngineError(code, `read build context: ${path}: ${cause.message}`, {
    cause,
    hint: 'exclude it in .dockerignore, or make it readable',
  });
}
