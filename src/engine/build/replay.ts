/**
 * Tells a build again whose inputs are all as they were, without reading a word of the Dockerfile: most builds of a working day change
 * nothing. What is kept of a build is what it depends on, its events and its image.
 */
import { hasBlob } from '../content/has-blob.ts';
import type { Context } from '../context.ts';
import { findImage } from '../images/find.ts';
import { pointTag, tagEvent, taggable } from '../images/names.ts';
import { type ImageRecord, imageDocuments, imageTags } from '../images/records.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { BuildEvent, BuildOptions, BuildResult } from '../types/build.ts';
import { noteSameSteps } from './cache.ts';
import { walkContext } from './context-files.ts';
import type { Definition } from './definition.ts';
import { EXPORT_STEP, exportNotes } from './export-notes.ts';
import { compileIgnore } from './ignore.ts';
import { type Base, type Inputs, idOf, isRepeatable, type Replay, replays, stampOf } from './replays.ts';

interface Telling {
  definition: Promise<Definition | undefined>;
  emit(event: BuildEvent): void;
}

/** undefined, and nothing emitted, when something is not as it was, or can't be known without doing the work. Never throws. */
export async function replay(
  ctx: Context,
  options: BuildOptions,
  { emit, ...reading }: Telling,
): Promise<BuildResult | undefined> {
  try {
    const definition = await reading.definition;
    if (definition === undefined || !isRepeatable(options)) return undefined;
    const known = replays(ctx).get(await idOf(options, definition));
    if (known === undefined || !(await isAsBefore(known, definition, options))) return undefined;
    const image = imageDocuments(ctx).get(known.imageId);
    if (image === undefined || !(await isWhole(ctx, known, image))) return undefined;
    const references = referencesOf(known, options.tags ?? []);
    if (!ctx.state.write(() => take(ctx, known, { image, references }))) return undefined;
    return tell(known, references.map(formatReference), emit);
  } catch {
    return undefined; // the build meets it too, and says it with the step where it happens
  }
}

async function isAsBefore(
  { dockerfileText, ignorePatterns, files }: Inputs,
  definition: Definition,
  options: BuildOptions,
): Promise<boolean> {
  if (dockerfileText !== definition.dockerfileText) return false;
  if (ignorePatterns.join('\n') !== definition.ignorePatterns.join('\n')) return false;
  if (files === undefined) return true;
  const ignore = compileIgnore(definition.ignorePatterns);
  const found = await walkContext(definition.root, ignore, {
    atMost: files.length,
    // a long walk looks at it
    get signal() {
      return options.signal;
    },
  });
  if (found.size !== files.length) return false;
  const stamps = files.values();
  for (const file of found.values()) if (stampOf(file) !== stamps.next().value) return false;
  return true;
}

/** Planned, a build makes again what someone removed by hand: layers of all its stages, and the image's configuration. */
async function isWhole(ctx: Context, { steps }: Replay, { Id, layers }: ImageRecord): Promise<boolean> {
  const diffIds = new Set([...layers.map(({ diffId }) => diffId), ...steps.map(([, diffId]) => diffId)]);
  return (await (await ctx.layers()).hasLayers(diffIds)) && hasBlob(ctx.paths.content, Id);
}

const referencesOf = (known: Replay, tags: readonly string[]): Reference[] =>
  JSON.stringify(tags) === JSON.stringify(known.tags) ? known.references : tags.map(taggable);

interface Naming {
  image: ImageRecord;
  references: readonly Reference[];
}

/** In one transaction: looks whether all is still here, and names the image. */
function take(ctx: Context, { imageId, bases, steps }: Replay, { image, references }: Naming): boolean {
  if (!imageDocuments(ctx).has(imageId)) return false;
  if (bases.some((base) => idNow(ctx, base) !== base.imageId)) return false;
  if (!noteSameSteps(ctx, steps)) return false;
  for (const reference of references) {
    pointTag(ctx, reference, imageId);
    tagEvent(ctx, image, reference);
  }
  return true;
}

/** As `findImage`, which asks for tags before ids that begin like this; few names need more than a look. Throws NOT_FOUND. */
const idNow = (ctx: Context, { name, reference }: Base): string =>
  imageTags(ctx).get(reference) ?? findImage(ctx, name).Id;

function tell({ imageId, events }: Replay, tags: string[], emit: (event: BuildEvent) => void): BuildResult {
  let step = 1;
  for (const event of events) {
    emit(event);
    if (event.type === 'step') step = Math.max(step, event.step + 1);
  }
  emit({ type: 'step', step, name: EXPORT_STEP });
  for (const note of exportNotes(step, imageId, tags)) emit(note);
  emit({ type: 'done', step, isCached: false, durationMs: 0 });
  return { imageId, tags };
}
