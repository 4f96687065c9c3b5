/** Verb commit: what a container changed becomes a layer, with it an image. */
import type { Context } from '../context.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import { codeOf, EngineError } from '../errors.ts';
import { applyChanges } from '../images/changes.ts';
import { recordImage } from '../images/create.ts';
import { digestsOf } from '../images/digests.ts';
import { storeLayer } from '../images/layers.ts';
import { takeLease } from '../images/leases.ts';
import { taggable } from '../images/names.ts';
import { type ImageConfigDocument, type ImageRecord, imageDocuments } from '../images/records.ts';
import type { ContainerConfig, ImageRunConfig } from '../types/config.ts';
import type { CommitOptions } from '../types/container-files.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { Progress } from '../types/progress.ts';
import { timestamp } from './clock.ts';
import { containerEvent } from './container-events.ts';
import { inspectConfig } from './inspect/inspect-config.ts';
import { ENGINE_MOUNT_POINTS } from './mount-points.ts';
import { areaKey } from './paths.ts';
import { pause, unpause } from './pause.ts';
import { containerDocuments, findContainer } from './records.ts';

/**
 * Commits a running or stopped container; volumes are no part of it. A running one is paused while it is copied, unless `pause`
 * is false, and goes on whatever happens. Throws NOT_FOUND, CONFLICT, INVALID_ARGUMENT (reference, changes), CANCELED.
 */
export async function* commit(
  ctx: Context,
  nameOrId: string,
  options: CommitOptions = {},
): AsyncGenerator<Progress, { imageId: string }, void> {
  const record = findContainer(ctx, nameOrId);
  const image = parentImage(ctx, record);
  // What is wrong with the options is said before anything is paused or read.
  if (options.reference !== undefined) taggable(options.reference);
  const config = applyChanges(runConfig(record.Config), options.changes ?? []);
  yield { status: 'Committing' };
  // the image may be removed by force meanwhile; what it consists of is needed for the new one
  const release = await takeLease(ctx, digestsOf(image), options.signal);
  try {
    parentImage(ctx, record);
    return yield* commitLayer(ctx, { record, image, config, options });
  } finally {
    release();
  }
}

interface Commit {
  record: ContainerRecord;
  image: ImageRecord;
  config: ImageRunConfig;
  options: CommitOptions;
}

async function* commitLayer(
  ctx: Context,
  commit: Commit,
): AsyncGenerator<Progress, { imageId: string }, void> {
  const { record, image, options } = commit;
  const layer = await whilePaused(ctx, record.Id, options, () =>
    changedLayer(ctx, record.Id, options.signal),
  );
  options.signal?.throwIfAborted();
  const created = recordImage(ctx, {
    config: committedConfig(commit, layer),
    layers: layer === undefined ? image.layers : [...image.layers, layer],
    parent: record.Image,
    reference: options.reference,
  });
  containerEvent(ctx, record, 'commit', {
    comment: options.message ?? '',
    imageID: created.Id,
    imageRef: options.reference ?? '',
  });
  yield { status: created.Id };
  return { imageId: created.Id };
}

function parentImage(ctx: Context, record: ContainerRecord): ImageRecord {
  if (record.State.Dead) {
    throw new EngineError('CONFLICT', `You cannot commit container ${record.Id} which is Dead`);
  }
  if (record.State.Status === 'removing') {
    throw new EngineError('CONFLICT', `You cannot commit container ${record.Id} which is being removed`);
  }
  const image = imageDocuments(ctx).get(record.Image);
  if (image !== undefined) return image;
  throw new EngineError('NOT_FOUND', `No such image: ${record.Image}`, {
    hint: 'the image was removed by force; export the container and import it instead',
  });
}

/** Runs `fn` with the container frozen, so that its files don't change meanwhile; one the user paused stays paused. */
async function whilePaused<T>(
  ctx: Context,
  id: string,
  options: CommitOptions,
  fn: () => Promise<T>,
): Promise<T> {
  const { State } = findContainer(ctx, id);
  if (options.pause === false || !State.Running || State.Paused) return fn();
  const isOurs = await isDone(pause(ctx, id));
  try {
    return await fn();
  } finally {
    if (isOurs && containerDocuments(ctx).get(id)?.State.Paused) await isDone(unpause(ctx, id));
  }
}

/** False when another has ended, paused or unpaused it meanwhile: it is copied all the same. */
async function isDone(change: Promise<void>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (codeOf(error) !== 'CONFLICT') throw error;
    return false;
  }
}

/** Undefined when nothing was changed: Docker adds no empty layer. */
async function changedLayer(
  ctx: Context,
  id: string,
  signal?: AbortSignal,
): Promise<ImageRecord['layers'][number] | undefined> {
  const store = await ctx.layers();
  const tar = await store.diffTar(areaKey(id), { exclude: ENGINE_MOUNT_POINTS, signal });
  const chunks = tar[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  const first = (await chunks.next()).value as Buffer;
  if (first[0] !== 0) return storeLayer(ctx, after(first, chunks), { signal, isPlain: true });
  tar.destroy(); // no name: the end of the archive
  return undefined;
}

async function* after(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield first;
  yield* rest;
}

/** What an image config keeps of a container's. */
function runConfig(config: ContainerConfig): ImageRunConfig {
  const { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels } = config;
  const { StopSignal, Shell, OnBuild, ArgsEscaped, Healthcheck } = config;
  const kept = { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels };
  return { ...kept, StopSignal, Shell, OnBuild, ArgsEscaped, Healthcheck };
}

/**
 * One layer and one line of history more (Docker's NewChildImage: the line names the container's command), and what the image was made
 * of, which Docker keeps for `inspect`.
 */
function committedConfig(
  commit: Commit,
  layer: ImageRecord['layers'][number] | undefined,
): ImageConfigDocument {
  const parent = commit.image.config;
  const { Id, Config } = commit.record;
  const { author = '', message = '' } = commit.options;
  const created = timestamp();
  const line = { created, created_by: (Config.Cmd ?? []).join(' ') };
  const authored = author === '' ? {} : { author };
  const commented = message === '' ? {} : { comment: message };
  const emptied = layer === undefined ? { empty_layer: true } : {};
  const { author: _, ...kept } = parent;
  return {
    ...kept,
    created,
    ...authored,
    config: commit.config,
    container: Id,
    container_config: inspectConfig(Config, 'container'),
    docker_version: ENGINE_VERSION,
    rootfs: { type: 'layers', diff_ids: [...parent.rootfs.diff_ids, ...(layer ? [layer.diffId] : [])] },
    history: [...(parent.history ?? []), { ...line, ...authored, ...commented, ...emptied }],
  };
}
