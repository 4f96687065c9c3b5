/** Turns what the user gave as context into a folder, a Dockerfile's text and the patterns of its ignore file. */
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decompress, readTar } from '../../layerfs/index.ts';
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { download } from '../registry/download.ts';
import type { BuildOptions } from '../types/build.ts';
import { checkOut, parseGitUrl } from './git.ts';
import { readIgnoreFile } from './ignore.ts';
import { unpackContext } from './unpack-context.ts';

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
export async function openContext(ctx: Context, options: BuildOptions): Promise<OpenedContext> {
  const { context } = options;
  if (context.type === 'folder') return opened(folderOf(context.path), options, async () => {});
  const base = join(ctx.paths.root, 'build');
  mkdirSync(base, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(base, 'context-'));
  const close = async () => rmSync(scratch, { recursive: true, force: true });
  try {
    if (context.type === 'stream') return await fromStream(context.stream, scratch, { options, close });
    return await fromUrl(context.url, scratch, { options, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Fetched {
  options: BuildOptions;
  close(): Promise<void>;
}

async function fromUrl(url: string, scratch: string, { options, close }: Fetched): Promise<OpenedContext> {
  const git = parseGitUrl(url);
  if (git !== undefined)
    return opened(await checkOut(git, scratch, { signal: options.signal }), options, close);
  const file = join(scratch, 'download');
  await download(url, file, { signal: options.signal });
  const stream = Readable.from([readFileSync(file)]);
  return fromStream(stream, scratch, { options, close });
}

/** A tar is unpacked; anything else is the Dockerfile, with an empty context. */
async function fromStream(
  stream: Readable,
  scratch: string,
  { options, close }: Fetched,
): Promise<OpenedContext> {
  const file = join(scratch, 'input');
  const root = join(scratch, 'root');
  mkdirSync(root);
  await pipeline(stream, createWriteStream(file, { mode: 0o600 }), { signal: options.signal });
  if (await isTar(file)) {
    await unpackContext(file, root, options.signal);
    return opened(root, options, close);
  }
  return {
    root,
    dockerfileText: readText(file, 'Dockerfile'),
    dockerfileName: 'Dockerfile',
    ignorePatterns: [],
    close,
  };
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
    if (statSync(path).isDirectory()) return realpathSync(path);
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
  const dockerfile = options.context.type === 'folder' ? dockerfileIn(root, name) : insideOf(root, name);
  // a Dockerfile's own ignore file wins (builder reference, ".dockerignore")
  const own = `${dockerfile}.dockerignore`;
  const ignoreFile = existsSync(own) ? own : join(root, '.dockerignore');
  const patterns = existsSync(ignoreFile) ? readIgnoreFile(readText(ignoreFile, '.dockerignore')) : [];
  return { root, dockerfile, ignoreFile, patterns };
}

/** Beside the context first, then from where the user stands, as Docker does with -f. */
function dockerfileIn(root: string, name: string): string {
  const inside = resolve(root, name);
  return existsSync(inside) ? inside : resolve(name);
}

/** A fetched context is hostile: its Dockerfile may not be a way out. */
function insideOf(root: string, name: string): string {
  const path = resolve(root, name);
  const real = existsSync(path) ? realpathSync(path) : path;
  if (relative(realpathSync(root), real).startsWith('..'))
    throw new EngineError(
      'INVALID_ARGUMENT',
      `the Dockerfile ${JSON.stringify(name)} must be within the build context`,
    );
  return real;
}

function readText(file: string, name: string): string {
  try {
    if (statSync(file).size > DOCKERFILE_LIMIT_BYTES)
      throw new EngineError('INVALID_ARGUMENT', `${name} is larger than 1 MiB`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new EngineError('NOT_FOUND', `failed to read dockerfile: open ${name}: no such file or directory`, {
      cause,
      hint: 'name it with -f',
    });
  }
}
