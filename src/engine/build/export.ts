/** A stage's state as an image in the store. */
import { recordImage } from '../images/create.ts';
import type { ImageConfigDocument } from '../images/records.ts';
import type { BuildResult } from '../types/build.ts';
import { exportNotes } from './export-notes.ts';
import type { BuildJob } from './job.ts';
import { noteLastGood } from './last-good.ts';
import { runConfigOf, type StageState } from './stage-state.ts';

function imageOf(state: StageState, labels: Readonly<Record<string, string>>): ImageConfigDocument {
  const config = { ...runConfigOf(state) };
  if (Object.keys(labels).length > 0) config.Labels = { ...config.Labels, ...labels };
  // of the base image, and none of the builder's
  const { container: _, container_config: __, docker_version: ___, ...image } = state.image;
  return { ...image, created: image.created ?? new Date().toISOString(), config };
}

/** Records the image, then its names. */
export function exportImage(
  { ctx, options, emit }: BuildJob,
  { state, tags, step }: { state: StageState; tags: readonly string[]; step: number },
): BuildResult {
  const config = imageOf(state, options.labels ?? {});
  const record = (reference: string | undefined) =>
    recordImage(ctx, { config, layers: [...state.layers], parent: '', reference });
  const { Id } = record(tags[0]);
  for (const reference of tags.slice(1)) record(reference);
  for (const note of exportNotes(step, Id, tags)) emit(note);
  return { imageId: Id, tags: [...tags] };
}

/** The state before a failed instruction as an untagged image, for who asked for it. */
export function lastGoodImage({ ctx, options }: BuildJob, state: StageState): string | undefined {
  if (options.keepLastGood !== true || state.layers.length === 0) return undefined;
  const { Id } = recordImage(ctx, { config: imageOf(state, {}), layers: [...state.layers], parent: '' });
  noteLastGood(ctx, Id);
  return Id;
}
