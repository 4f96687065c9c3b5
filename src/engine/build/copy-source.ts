/** Where COPY and ADD read: the build context, another stage, an image, or text of the Dockerfile itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type ContextFile, walkContext } from './context-files.ts';
import type { Heredoc } from './dockerfile/heredoc.ts';
import { openFileHashes } from './file-hashes.ts';
import { compileIgnore, type IgnoreMatcher } from './ignore.ts';
import type { StageState } from './stage-state.ts';

/** Files under one root. Paths are relative to it. */
export interface CopySource {
  root: string;
  files: ReadonlyMap<string, ContextFile>;
  digestOf(file: ContextFile): string;
  close(): Promise<void>;
}

const NOTHING_IGNORED = compileIgnore([]);

/** The build context, walked and hashed once for all steps. */
export async function contextSource(
  ctx: Context,
  root: string,
  ignore: IgnoreMatcher,
  options: { signal?: AbortSignal; onProgress?: (seen: { files: number; bytes: number }) => void },
): Promise<CopySource> {
  const files = await walkContext(root, ignore, options);
  const hashes = openFileHashes(join(ctx.paths.root, 'build', 'hashes'), root);
  return { root, files, digestOf: (file) => hashes.digestOf(file), close: async () => hashes.save() };
}

let mounts = 0;

/** The root of a stage or image, mounted while it is read; nothing runs in it, so nothing moves. */
export async function layersSource(
  ctx: Context,
  state: Pick<StageState, 'layers'>,
  signal?: AbortSignal,
): Promise<CopySource> {
  const store = await ctx.layers();
  mounts += 1;
  const key = `build-from-${process.pid}-${mounts}`;
  const layers = state.layers.map(({ diffId }) => diffId);
  await store.createArea(key, layers);
  const close = async () => {
    await store.unmount(key, { holder: key });
    await store.removeArea(key);
  };
  try {
    const root = await store.mount(key, { holder: key });
    const files = await walkContext(root, NOTHING_IGNORED, { signal });
    const hashes = openFileHashes(join(ctx.paths.runRoot, 'build-hashes'), key);
    return { root, files, digestOf: (file) => hashes.digestOf(file), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Heredocs as files; `expand` replaces variables where the delimiter was not quoted. */
export async function heredocSource(
  ctx: Context,
  heredocs: readonly Heredoc[],
  expand: (text: string) => string,
): Promise<CopySource> {
  const root = mkdtempSync(join(ctx.paths.runRoot, 'heredoc-'));
  for (const { name, content, expand: isExpanded } of heredocs) {
    writeFileSync(join(root, name.replaceAll('/', '_')), isExpanded ? expand(content) : content, {
      mode: 0o644,
    });
  }
  const files = await walkContext(root, NOTHING_IGNORED);
  const hashes = openFileHashes(join(ctx.paths.runRoot, 'build-hashes'), root);
  return {
    root,
    files,
    digestOf: (file) => hashes.digestOf(file),
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
}
