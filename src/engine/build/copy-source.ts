/** Where COPY and ADD read: the build context, another stage, an image, or text of the Dockerfile itself. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type ContextFile, walkContext } from './context-files.ts';
import type { Heredoc } from './dockerfile/heredoc.ts';
import { openFileHashes } from './file-hashes.ts';
import { compileIgnore, type IgnoreMatcher } from './ignore.ts';
import { makeScratch, mountScratch, removeScratch } from './scratch.ts';
import type { StageState } from './stage-state.ts';

/** Files under one root. Paths are relative to it. */
export interface CopySource {
  root: string;
  files: ReadonlyMap<string, ContextFile>;
  digestOf(file: ContextFile, signal?: AbortSignal): Promise<string>;
  /** files keep their owners (a stage, an image) instead of becoming root's (the context) */
  keepsOwners: boolean;
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
  return { root, files, digestOf: hashes.digestOf, keepsOwners: false, close: async () => hashes.save() };
}

/**
 * What `sources` name in a stage or image. Its layers are mounted while they are read (no other way shows what overlaid layers hold
 * together); nothing runs in there, so nothing moves.
 */
export async function layersSource(
  ctx: Context,
  {
    state,
    sources,
    signal,
  }: { state: Pick<StageState, 'layers'>; sources: readonly string[]; signal?: AbortSignal },
): Promise<CopySource> {
  const area = await mountScratch(
    ctx,
    state.layers.map(({ diffId }) => diffId),
  );
  try {
    const { walkSources } = await import('./source-walk.ts');
    const { noteCapabilities } = await import('./file-capabilities.ts');
    const files = await walkSources(area.root, sources, signal);
    await noteCapabilities(area.root, files, signal);
    const { digestOf } = openFileHashes(join(ctx.paths.runRoot, 'build-hashes'), area.root);
    return { root: area.root, files, digestOf, keepsOwners: true, close: area.close };
  } catch (error) {
    await area.close();
    throw error;
  }
}

/** Heredocs as files; `expand` replaces variables where the delimiter was not quoted. */
export async function heredocSource(
  ctx: Context,
  heredocs: readonly Heredoc[],
  expand: (text: string) => string,
): Promise<CopySource> {
  const root = makeScratch(ctx, 'heredoc');
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
    digestOf: hashes.digestOf,
    keepsOwners: false,
    close: async () => removeScratch(ctx, root),
  };
}
