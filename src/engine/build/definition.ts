/** What a build is defined by beside its files: the Dockerfile's text and the patterns of the ignore file. */
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
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

/** Reads both; without `root` those of a folder context. Throws NOT_FOUND, INVALID_ARGUMENT. */
export function readDefinition(options: BuildOptions, root = folderOf(options)): Definition {
  const name = options.dockerfile ?? 'Dockerfile';
  const { dockerfile, patterns } = contextFiles(options, root);
  const dockerfileText = options.dockerfileText ?? readText(dockerfile, name);
  return { root, dockerfileText, dockerfileName: name, ignorePatterns: patterns };
}

/** Where the Dockerfile and the ignore file of a context are, and what the latter says; also for who watches them. */
export function contextFiles(
  options: BuildOptions,
  root = folderOf(options),
): { root: string; dockerfile: string; ignoreFile: string; patterns: string[] } {
  const name = options.dockerfile ?? 'Dockerfile';
  const dockerfile =
    options.context.type === 'folder' ? dockerfileIn(root, options.dockerfile) : insideOf(root, name);
  // a Dockerfile's own ignore file wins (builder reference, ".dockerignore")
  const own = `${dockerfile}.dockerignore`;
  const chosen = existsSync(own) ? own : join(root, '.dockerignore');
  const ignoreFile = options.context.type === 'folder' ? chosen : insideOf(root, chosen);
  const patterns = existsSync(ignoreFile) ? readIgnoreFile(readText(ignoreFile, '.dockerignore')) : [];
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

/** At most 1 MiB. Throws NOT_FOUND, INVALID_ARGUMENT. */
export function readText(file: string, name: string): string {
  try {
    return readAtMost(file, name);
  } catch (cause) {
    const code = codeOf(cause) ?? '';
    const why = UNREADABLE[code];
    if (why === undefined) throw cause;
    throw new EngineError(
      code === 'ENOENT' ? 'NOT_FOUND' : 'INVALID_ARGUMENT',
      `failed to read dockerfile: open ${name}: ${why}`,
      { cause, hint: 'name it with -f' },
    );
  }
}

/** A link to a device has no size and no end. */
function readAtMost(file: string, name: string): string {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(DOCKERFILE_LIMIT_BYTES + 1);
    let length = 0;
    for (let count = 1; count > 0 && length < buffer.length; length += count)
      count = readSync(fd, buffer, length, buffer.length - length, null);
    if (length <= DOCKERFILE_LIMIT_BYTES) return buffer.toString('utf8', 0, length);
    throw new EngineError('INVALID_ARGUMENT', `${name} is larger than 1 MiB`);
  } finally {
    closeSync(fd);
  }
}
