/** What a build is defined by beside its files: the Dockerfile's text and the patterns of the ignore file. */
import type { Stats } from 'node:fs';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { codeOf, EngineError } from '../errors.ts';
import type { BuildOptions } from '../types/build.ts';
import { readIgnoreFile } from './ignore.ts';

export interface Definition {
  /** the context's folder, a real path */
  root: string;
  dockerfileText: string;
  /** as errors name it */
  dockerfileName: string;
  ignorePatterns: string[];
}

const DOCKERFILE_LIMIT_BYTES = 1024 * 1024;

/** '' for a context that is no folder. */
function folderOf({ context }: BuildOptions): string {
  if (context.type !== 'folder') return '';
  const { path } = context;
  try {
    if (statSync(path).isDirectory()) return realpathSync.native(path);
  } catch (cause) {
    throw new EngineError('NOT_FOUND', `unable to prepare context: path ${JSON.stringify(path)} not found`, {
      cause,
    });
  }
  throw new EngineError('INVALID_ARGUMENT', `unable to prepare context: ${path} is not a folder`, {
    hint: 'name the folder, and the Dockerfile with -f',
  });
}

/** A promise only where a pipe or a terminal is waited for. */
type Soon<T> = T | Promise<T>;

const after = <T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> =>
  value instanceof Promise ? value.then(next) : next(value);

/** Reads both; without `root` those of a folder context. Throws NOT_FOUND, INVALID_ARGUMENT, CANCELED. */
export function readDefinition(options: BuildOptions, root = folderOf(options)): Soon<Definition> {
  const dockerfileName = options.dockerfile ?? 'Dockerfile';
  const { dockerfile, patterns } = contextFiles(options, root);
  return after(patterns, (ignorePatterns) =>
    after(options.dockerfileText ?? readText(dockerfile, dockerfileName, options), (dockerfileText) => ({
      ...{ root, dockerfileText, dockerfileName, ignorePatterns },
    })),
  );
}

/** Where the Dockerfile and the ignore file of a context are, and what the latter says; also for who watches them. */
export function contextFiles(
  options: BuildOptions,
  root = folderOf(options),
): { root: string; dockerfile: string; ignoreFile: string; patterns: Soon<string[]> } {
  const name = options.dockerfile ?? 'Dockerfile';
  const dockerfile =
    options.context.type === 'folder' ? dockerfileIn(root, options.dockerfile) : insideOf(root, name);
  // a Dockerfile's own ignore file wins (builder reference, ".dockerignore")
  const own = `${dockerfile}.dockerignore`;
  const chosen = existsSync(own) ? own : join(root, '.dockerignore');
  const ignoreFile = options.context.type === 'folder' ? chosen : insideOf(root, chosen);
  const patterns = existsSync(ignoreFile)
    ? after(readText(ignoreFile, '.dockerignore', options), readIgnoreFile)
    : [];
  return { root, dockerfile, ignoreFile, patterns };
}

/** With -f from where the user stands (docker/cli), else beside the context; 'dockerfile' will do, too. */
function dockerfileIn(root: string, name: string | undefined): string {
  if (name === undefined) {
    const [file, lower] = [join(root, 'Dockerfile'), join(root, 'dockerfile')];
    return !existsSync(file) && existsSync(lower) ? lower : file;
  }
  const here = resolve(name);
  return existsSync(here) ? here : resolve(root, name);
}

/** A fetched context is hostile: its Dockerfile and ignore file may not be a way out. */
function insideOf(root: string, name: string): string {
  const path = resolve(root, name);
  const real = existsSync(path) ? realpathSync.native(path) : path;
  if (relative(realpathSync.native(root), real).startsWith('..'))
    throw new EngineError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(basename(name))} must be within the build context`,
    );
  return real;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
  ELOOP: 'too many levels of symbolic links',
};

/** At most 1 MiB. Throws NOT_FOUND, INVALID_ARGUMENT, CANCELED. */
export function readText(file: string, name: string, options: Pick<BuildOptions, 'signal'>): Soon<string> {
  const fail = (error: unknown): never => {
    throw readError(error, name);
  };
  const textOf = (bytes: Buffer) => {
    if (bytes.length <= DOCKERFILE_LIMIT_BYTES) return bytes.toString('utf8');
    throw new EngineError('INVALID_ARGUMENT', `${name} is larger than 1 MiB`);
  };
  try {
    const bytes = readAtMost(file, options);
    return bytes instanceof Promise ? bytes.then(textOf).catch(fail) : textOf(bytes);
  } catch (error) {
    return fail(error);
  }
}

function readError(error: unknown, name: string): unknown {
  const code = codeOf(error) ?? '';
  const why = UNREADABLE[code];
  if (why === undefined) return error;
  return new EngineError(
    code === 'ENOENT' ? 'NOT_FOUND' : 'INVALID_ARGUMENT',
    `failed to read dockerfile: open ${name}: ${why}`,
    { cause: error, hint: 'name it with -f' },
  );
}

/** A link to a device has no size and no end. Returns one byte more than there may be, or all. */
function readAtMost(file: string, options: Pick<BuildOptions, 'signal'>): Soon<Buffer> {
  const limit = DOCKERFILE_LIMIT_BYTES + 1;
  // without the flag nothing could end the wait for who writes into a pipe
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  let isWaited = false;
  try {
    isWaited = mayWait(fstatSync(fd));
    if (isWaited) return import('./waited-bytes.ts').then((own) => own.readWaiting(fd, limit, options));
    const buffer = Buffer.alloc(limit);
    let length = 0;
    for (let count = 1; count > 0 && length < limit; length += count)
      count = readSync(fd, buffer, length, limit - length, null);
    return buffer.subarray(0, length);
  } finally {
    if (!isWaited) closeSync(fd);
  }
}

/** Major of /dev/zero, /dev/null and the like (admin-guide/devices.rst). */
const MEMORY_MAJOR = 1;

/** Pipes and terminals. */
const mayWait = (stat: Stats) =>
  stat.isFIFO() || (stat.isCharacterDevice() && ((stat.rdev >> 8) & 0xfff) !== MEMORY_MAJOR);
