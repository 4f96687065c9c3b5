/** RUN --mount=type=bind: a picture of what is mounted, so that a step sees neither ignored files nor the user's own, and can't change them. */

import { join } from 'node:path';
import { Readable } from 'node:stream';
import { TAR_END } from '../../layerfs/index.ts';
import { takeLease } from '../images/leases.ts';
import type { ContextFile } from './context-files.ts';
import { copyTar } from './copy-layer.ts';
import { cleanSource, NoMatchError, planCopy } from './copy-plan.ts';
import { type CopySource, layersSource } from './copy-source.ts';
import type { StageRun } from './dispatch.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import type { MountFlag } from './mount-flags.ts';
import { mountScratch } from './scratch.ts';
import { keyOf } from './stage-state.ts';

/** What is mounted, as a private copy-on-write root; writes are dropped with it. Throws DockerfileError when it is not there. */
export async function openBindSource(
  run: StageRun,
  { from, source = '' }: MountFlag,
  instruction: Instruction,
): Promise<{ path: string; close(): Promise<void> }> {
  const { ctx, signal } = run.job;
  if (from !== undefined) {
    const state = await run.from(from);
    const found = await layersSource(ctx, { state, sources: [source], signal });
    try {
      return { path: insideOf(found, source, instruction), close: found.close };
    } catch (error) {
      await found.close();
      throw error;
    }
  }
  return contextPicture(run, source, instruction);
}

/** Only a path of the walked source, so no symlink on the way can lead out of its root. */
function insideOf(source: CopySource, path: string, instruction: Instruction): string {
  const clean = cleanSource(path);
  if (clean === '') return source.root;
  const found = source.files.get(clean);
  if (found === undefined || found.type === 'symlink') throw notFound(path, instruction);
  return join(source.root, clean);
}

const notFound = (path: string, instruction: Instruction) =>
  new DockerfileError(
    `failed to compute cache key: "/${cleanSource(path)}": not found`,
    instruction,
    'is it left out by .dockerignore?',
  );

/** Where the picture has what was asked for: a folder's content, or the one file. */
const PLACE = '/bound';

async function contextPicture(run: StageRun, source: string, instruction: Instruction) {
  const { ctx, signal } = run.job;
  const context = await run.job.contextFiles();
  const entries = planBind(context.files, source, instruction);
  const isFile = entries.length === 1 && entries[0]!.target === PLACE;
  const owner = { uid: 0, gid: 0 };
  const folders = isFile ? [] : [{ path: PLACE, mode: 0o755, mtimeNs: 0n, ...owner }];
  async function* tar() {
    yield* copyTar({ folders, entries, owner, signal });
    yield TAR_END;
  }
  const store = await ctx.layers();
  const { diffId } = await store.ingest(Readable.from(tar(), { objectMode: false }), { signal });
  const release = await takeLease(ctx, [diffId]);
  try {
    const area = await mountScratch(ctx, [diffId]);
    const close = async () => {
      await area.close();
      release();
      await store.removeLayer(diffId).catch(() => {}); // another step has the same picture: it removes it
    };
    return { path: join(area.root, PLACE), close };
  } catch (error) {
    release();
    throw error;
  }
}

function planBind(files: ReadonlyMap<string, ContextFile>, source: string, instruction: Instruction) {
  const plain = cleanSource(source).replace(/[*?[\\]/g, '\\$&');
  const request = { destination: PLACE, isDirectory: false, keepsParents: false, exclude: [] };
  try {
    return planCopy(files, { ...request, sources: [plain] });
  } catch (error) {
    if (error instanceof NoMatchError) throw notFound(source, instruction);
    throw error;
  }
}

/** What counts of a mount: the state it is of, or the content of its files. */
export async function bindKey(run: StageRun, { from, source = '' }: MountFlag): Promise<string> {
  if (from !== undefined) return (await run.from(from)).key;
  const context = await run.job.contextFiles();
  const prefix = cleanSource(source);
  const inputs: unknown[] = [];
  for (const file of context.files.values()) {
    const { path, type, mode, linkTarget, device = '' } = file;
    if (prefix !== '' && path !== prefix && !path.startsWith(`${prefix}/`)) continue;
    const digest = type === 'file' ? await context.digestOf(file, run.job.signal) : device;
    inputs.push([path, type, mode, linkTarget, digest]);
  }
  return keyOf(inputs);
}
