/** WORKDIR: sets the directory, and makes it when the image doesn't have it. */
import { TAR_END } from '../../layerfs/index.ts';
import { storeLayer } from '../images/layers.ts';
import { findCached, remember } from './cache.ts';
import { type CopyLayer, copyTar } from './copy-layer.ts';
import { foldersTo, ownerByName } from './copy-step.ts';
import type { StageRun } from './dispatch.ts';
import type { MetadataInstruction } from './dockerfile/metadata.ts';
import { withMetadata } from './metadata-step.ts';
import { keyOf, runConfigOf, type StageState, withLayer } from './stage-state.ts';

/** A new directory belongs to the USER of the stage (BuildKit's dispatchWorkdir). */
export async function runWorkdir(
  run: StageRun,
  state: StageState,
  instruction: MetadataInstruction,
): Promise<StageState> {
  const { ctx, options, signal } = run.job;
  const changed = withMetadata(state, instruction, run.job.escape);
  const directory = runConfigOf(changed).WorkingDir!;
  const layers = state.layers.map(({ diffId }) => diffId);
  const { path, found, parents } = await (await ctx.layers()).lookup(layers, directory);
  if (found?.type === 'directory' || path === '/') return changed;
  const owner = await ownerByName(ctx, state, { name: runConfigOf(state).User || undefined, instruction });
  const folders = foldersTo(path, parents, owner);
  const key = keyOf(changed.key, 'workdir', path, owner);
  return run.steps.run(run.title, async () => {
    const cached = options.noCache ? undefined : await findCached(ctx, key);
    const layer =
      cached?.layer ??
      (await storeLayer(ctx, folderTar({ folders, entries: [], owner, signal }), { signal }));
    const createdAt = cached?.createdAt ?? Date.now();
    const createdBy = instruction.original;
    if (cached === undefined) remember(ctx, { key, layer, createdBy, createdAt });
    // one line of history, with its layer
    const image = { ...changed.image, history: state.image.history ?? [] };
    const next = withLayer({ ...changed, image }, layer, {
      key,
      createdBy,
      created: new Date(createdAt).toISOString(),
    });
    return { value: next, isCached: cached !== undefined };
  });
}

async function* folderTar(layer: CopyLayer): AsyncGenerator<Buffer, void, void> {
  yield* copyTar(layer);
  yield TAR_END;
}
