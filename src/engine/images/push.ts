/** `push`: layers the registry lacks, the config, the manifest. */

import { openContent } from '../content/content.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import {
  familiarName,
  familiarString,
  formatReference,
  parseCanonical,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../oci/reference.ts';
import { digestOf } from '../oci/sha256.ts';
import { openClient } from '../registry/client.ts';
import { endpointsOf, readSettings } from '../registry/settings.ts';
import { recordEvent } from '../state/events.ts';
import type { PushResult } from '../types/images.ts';
import type { Progress } from '../types/progress.ts';
import { imageAttributes } from './names.ts';
import { withProgress } from './progress-channel.ts';
import { type PushedManifest, type PushJob, pushImage } from './push-image.ts';
import { imageDigests, imageDocuments, imageTags } from './records.ts';

/** Throws NOT_FOUND (no such tag here), UNAUTHENTICATED, PERMISSION_DENIED, UNAVAILABLE, CANCELED. */
export async function* push(
  ctx: Context,
  name: string,
  options: { allTags?: boolean; signal?: AbortSignal } = {},
): AsyncGenerator<Progress, PushResult[], void> {
  const reference = parseReference(name);
  if (options.allTags && reference.tag !== undefined)
    throw new EngineError('INVALID_ARGUMENT', "tag can't be used with --all-tags/-a");
  if (reference.digest !== undefined)
    throw new EngineError('INVALID_ARGUMENT', 'cannot push a digest reference');
  const tags = localTags(ctx, reference, options.allTags === true);
  return yield* withProgress(options.signal, async (emit, signal) => {
    try {
      emit({ status: `The push refers to repository [${repositoryOf(reference)}]` });
      return await pushTags(ctx, tags, emit, signal);
    } catch (error) {
      if (signal.aborted) throw new EngineError('CANCELED', 'context canceled', { cause: error });
      throw error;
    }
  });
}

function localTags(ctx: Context, reference: Reference, isAll: boolean): Reference[] {
  const prefix = `${repositoryOf(reference)}:`;
  const here = imageTags(ctx)
    .all()
    .filter((tag) => tag.name.startsWith(prefix) && !tag.name.slice(prefix.length).includes('/'));
  if (here.length === 0) {
    throw new EngineError(
      'NOT_FOUND',
      `An image does not exist locally with the tag: ${familiarName(reference)}`,
      {
        hint: `name an image so: boxtop tag IMAGE ${familiarName(reference)}`,
      },
    );
  }
  if (isAll) return here.map((tag) => parseCanonical(tag.name));
  const tagged = withDefaultTag(reference);
  if (imageTags(ctx).get(formatReference(tagged)) === undefined) {
    throw new EngineError('NOT_FOUND', `tag does not exist: ${familiarString(tagged)}`);
  }
  return [tagged];
}

async function pushTags(
  ctx: Context,
  tags: readonly Reference[],
  emit: PushJob['emit'],
  signal: AbortSignal,
): Promise<PushResult[]> {
  const { domain, path } = tags[0]!;
  // A push never goes to a mirror.
  const endpoint = endpointsOf(domain, readSettings(ctx.paths.configFile)).find(({ isMirror }) => !isMirror)!;
  const client = openClient({
    endpoint,
    repository: path,
    dockerConfig: ctx.paths.dockerConfig,
    actions: 'pull,push',
    signal,
  });
  const results: PushResult[] = [];
  for (const reference of tags) {
    const tag = reference.tag!;
    const id = imageTags(ctx).get(formatReference(reference))!;
    const manifest = await pushImage({ ctx, client, domain, emit, signal }, id, tag);
    const digest = recordPush(ctx, id, reference, manifest);
    const size = manifest.bytes.length;
    emit({ status: `${tag}: digest: ${digest} size: ${size}` });
    results.push({ tag, digest, size });
  }
  return results;
}

/** Keeps the manifest, so that the next push sends the same, and names the image by its digest. */
function recordPush(ctx: Context, id: string, reference: Reference, manifest: PushedManifest): string {
  return ctx.state.write(() => {
    const documents = imageDocuments(ctx);
    const record = documents.get(id);
    if (record === undefined) return digestOf(manifest.bytes); // removed meanwhile
    const digest = openContent(ctx.paths.content).writeSmall(manifest.bytes);
    const { mediaType, bytes } = manifest;
    documents.put(id, { ...record, manifest: { mediaType, digest, size: bytes.length } });
    imageDigests(ctx).move(`${repositoryOf(reference)}@${digest}`, id);
    recordEvent(ctx.state, {
      Type: 'image',
      Action: 'push',
      id: familiarString(reference),
      attributes: imageAttributes(record, familiarName(reference)),
    });
    return digest;
  });
}
