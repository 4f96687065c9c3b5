/** Turns what the user gave as context into a folder, a Dockerfile's text and the patterns of its ignore file. */
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decompress, readTar } from '../../layerfs/index.ts';
import type { Context } from '../context.ts';
import type { BuildOptions } from '../types/build.ts';
import { type Definition, readDefinition, readText } from './definition.ts';
import { checkOut, parseGitUrl } from './git.ts';
import { makeScratch, removeScratch } from './scratch.ts';

export interface OpenedContext extends Definition {
  close(): Promise<void>;
}

/** Throws NOT_FOUND, INVALID_ARGUMENT, UNAVAILABLE, CANCELED; what was fetched is gone then. */
export async function openContext(
  ctx: Context,
  options: BuildOptions & { definition: Promise<Definition | undefined> },
  onProgress: ReadProgress,
): Promise<OpenedContext> {
  const { context } = options;
  if (context.type === 'folder') return { ...(await options.definition)!, close: async () => {} };
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
    const root = await checkOut(git, target, { signal, agent, isOwn: true });
    return { ...(await readDefinition(options, root)), close };
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
    return { ...(await readDefinition(options, root)), close };
  }
  const dockerfileText = await readText(file, 'Dockerfile', options);
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
