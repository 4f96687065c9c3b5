/** Turns what the user gave as context into a folder, a Dockerfile's text and the patterns of its ignore file. */
import {
  closeSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decompress, readTar } from '../../layerfs/index.ts';
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import type { BuildOptions } from '../types/build.ts';
import { checkOut, parseGitUrl } from './git.ts';
import { readIgnoreFile } from './ignore.ts';
import { makeScratch, removeScratch } from './scratch.ts';

export interface OpenedContext {
  root: string;
  dockerfileText: string;
  /** as errors name it */
  dockerfileName: string;
  ignorePatterns: string[];
  close(): Promise<void>;
}

const DOCKERFILE_LIMIT_BYTES = 1024 * 1024;

/** Throws NOT_FOUND, INVALID_ARGUMENT, UNAVAILABLE, CANCELED; what was fetched is gone then. */
export async function openContext(
  ctx: Context,
  options: BuildOptions,
  onProgress: ReadProgress,
): Promise<OpenedContext> {
  const { context } = options;
  if (context.type === 'folder') return opened(folderOf(context.path), options, async () => {});
  const scratch = makeScratch(ctx, 'context');
  const close = async () => removeScratch(ctx, scratch);
  try {
    if (context.type === 'stream')
      return await fromStream(context.stream, scratch, { options, close, onProgress });
    return await fromUrl(context.url, scratch, { options, close, onProgress });
  } catch (error) {
    await close();
    throw error;
  }
}

/** bytes read of a stream or a download */
type ReadProgress = (current: number, total?: number) => void;

interface Fetched {
  options: BuildOptions;
  onProgress: ReadProgress;
  close(): Promise<void>;
}

async function fromUrl(url: string, scratch: string, fetched: Fetched): Promise<OpenedContext> {
  const { options, close, onProgress } = fetched;
  const { signal } = options;
  const git = parseGitUrl(url);
  if (git !== undefined) {
    const target = join(scratch, 'git');
    mkdirSync(target);
    const agent = options.ssh?.['default'];
    return opened(await checkOut(git, target, { signal, agent, isOwn: true }), options, close);
  }
  const file = join(scratch, 'input');
  const { download } = await import('../registry/download.ts'); // HTTP is slow to load
  await download(url, file, { signal, onProgress });
  return fromFile(file, scratch, fetched);
}

async function fromStream(stream: Readable, scratch: string, fetched: Fetched): Promise<OpenedContext> {
  const file = join(scratch, 'input');
  let current = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      current += chunk.length;
      fetched.onProgress(current);
      yield chunk;
    }
  };
  const { signal } = fetched.options;
  await pipeline(stream, counted, createWriteStream(file, { mode: 0o600 }), { signal });
  return fromFile(file, scratch, fetched);
}

/** A tar is unpacked; anything else is the Dockerfile, with an empty context. */
async function fromFile(file: string, scratch: string, { options, close }: Fetched): Promise<OpenedContext> {
  const root = join(scratch, 'root');
  mkdirSync(root);
  if (await isTar(file)) {
    const { unpackContext } = await import('./unpack-context.ts');
    await unpackContext(file, root, options.signal);
    rmSync(file);
    return opened(root, options, close);
  }
  const dockerfileText = readText(file, 'Dockerfile');
  return { root, dockerfileText, dockerfileName: 'Dockerfile', ignorePatterns: [], close };
}

async function isTar(file: string): Promise<boolean> {
  const { createReadStream } = await import('node:fs');
  const source = createReadStream(file);
  try {
    const plain = await decompress(source);
    for await (const _ of readTar(plain as AsyncIterable<Buffer>)) return true;
    return false;
  } catch {
    return false;
  } finally {
    source.destroy();
  }
}

function folderOf(path: string): string {
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

function opened(root: string, options: BuildOptions, close: () => Promise<void>): OpenedContext {
  const name = options.dockerfile ?? 'Dockerfile';
  const { dockerfile, patterns } = contextFiles(options, root);
  const dockerfileText = options.dockerfileText ?? readText(dockerfile, name);
  return { root, dockerfileText, dockerfileName: name, ignorePatterns: patterns, close };
}

/** Where the Dockerfile and the ignore file of a context are, and what the latter says; also for who watches them. */
export function contextFiles(
  options: BuildOptions,
  root = options.context.type === 'folder' ? folderOf(options.context.path) : '',
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

function readText(file: string, name: string): string {
  try {
    return readAtMost(file, name);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new EngineError('NOT_FOUND', `failed to read dockerfile: open ${name}: no such file or directory`, {
      cause,
      hint: 'name it with -f',
    });
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
