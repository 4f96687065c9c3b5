/** WORKDIR: sets the directory, and makes it when the image doesn't have it. */
import { TAR_END } from '../../layerfs/index.ts';
import { storeLayer } from '../images/layers.ts';
import { type CopyLayer, copyTar } from './copy-layer.ts';
import { foldersTo, ownerByName } from './copy-write.ts';
import type { StageRun } from './dispatch.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import type { MetadataInstruction } from './dockerfile/metadata.ts';
import { layered } from './layer-step.ts';
import { withMetadata } from './metadata-step.ts';
import { keyOf, runConfigOf, type StageState } from './stage-state.ts';

/** A new directory belongs to the USER of the stage (BuildKit's dispatchWorkdir). */
export async function runWorkdir(
  run: StageRun,
  state: StageState,
  instruction: MetadataInstruction,
): Promise<StageState> {
  const { ctx, signal } = run.job;
  const changed = withMetadata(state, instruction, run.job.escape);
  const directory = runConfigOf(changed).WorkingDir!;
  const layers = state.layers.map(({ diffId }) => diffId);
  const { path, found, parents } = await (await ctx.layers()).lookup(layers, directory);
  if (found?.type === 'directory' || path === '/') return changed;
  if (found !== undefined) throw new DockerfileError(`Cannot mkdir: ${path} is not a directory`, instruction);
  const owner = await ownerByName(ctx, state, { name: runConfigOf(state).User || undefined, instruction });
  const folders = foldersTo(path, parents, owner);
  // one line of history, with its layer
  const image = { ...changed.image, history: state.image.history ?? [] };
  return run.steps.run(run.title, () =>
    layered(run.job, {
      state: { ...changed, image },
      key: keyOf(changed.key, 'workdir', path, owner),
      createdBy: `WORKDIR ${directory}`,
      make: () =>
        storeLayer(ctx, folderTar({ folders, entries: [], owner, signal }), { signal, isPlain: true }),
    }),
  );
}

async function* folderTar(layer: CopyLayer): AsyncGenerator<Buffer, void, void> {
  yield* copyTar(layer);
  yield TAR_END;
}
