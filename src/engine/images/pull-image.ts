/** One tag or digest: index → platform → manifest → config and layers → record. */
import { openContent } from '../content/content.ts';
import { EngineError } from '../errors.ts';
import { CONFIG_LIMIT_BYTES, parseImageConfig } from '../oci/image-config.ts';
import type { Index, IndexEntry, Manifest } from '../oci/manifest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { matchesPlatform, orderPlatforms } from '../oci/platform-match.ts';
import {
  familiarName,
  familiarString,
  formatReference,
  type Reference,
  withDigest,
} from '../oci/reference.ts';
import { digestOf } from '../oci/sha256.ts';
import { fetchBlob } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/client.ts';
import { type FetchedManifest, fetchManifest } from '../registry/manifests.ts';
import { recordEvent } from '../state/events.ts';
import { recordImage } from './create.ts';
import { takeLease } from './leases.ts';
import { imageAttributes, pointTag } from './names.ts';
import { hostPlatform } from './platform.ts';
import type { PullJob } from './pull-job.ts';
import { pullLayers } from './pull-layers.ts';
import {
  type ImageConfigDocument,
  type ImageRecord,
  imageDigests,
  imageDocuments,
  imageTags,
} from './records.ts';

interface Pulled {
  /** of the document the tag points at: manifest or index */
  digest: string;
  imageId: string;
  isNewer: boolean;
}

export async function pullImage(job: PullJob, client: RegistryClient, reference: Reference): Promise<Pulled> {
  const target = reference.digest ?? reference.tag!;
  const top = await fetchManifest(client, target);
  job.emit({ id: target, status: `Pulling from ${reference.path}` });
  const manifest =
    top.document.kind === 'index' ? await fetchEntry(job, client, top.document) : (top as ManifestAnswer);
  const known = imageDocuments(job.ctx).get(manifest.document.config.digest);
  const record = known ?? (await fetchImage(job, client, manifest, reference));
  return { digest: top.digest, imageId: record.Id, isNewer: nameImage(job, record, reference, top.digest) };
}

interface ManifestAnswer extends FetchedManifest {
  document: Manifest;
}

async function fetchEntry(job: PullJob, client: RegistryClient, index: Index): Promise<ManifestAnswer> {
  const entry = chooseEntry(index, job.platform ?? hostPlatform());
  const answer = await fetchManifest(client, entry.digest);
  if (answer.document.kind === 'index')
    throw new EngineError('INVALID_ARGUMENT', `invalid manifest: an index within an index`);
  if (answer.bytes.length !== entry.size || answer.document.mediaType !== entry.mediaType) {
    throw new EngineError('DATA_LOSS', `manifest ${entry.digest} is not what its index says`);
  }
  return { ...answer, document: answer.document };
}

/** The best entry for a platform; one without a platform only when nothing else is there. */
function chooseEntry(index: Index, platform: Platform): IndexEntry {
  const fitting = index.manifests.filter(
    (entry) => entry.platform !== undefined && matchesPlatform(platform, entry.platform),
  );
  const [best] = orderPlatforms(platform, fitting, (entry) => entry.platform!);
  const [only, ...more] = index.manifests;
  const chosen = best ?? (more.length === 0 && only?.platform === undefined ? only : undefined);
  if (chosen !== undefined) return chosen;
  const offered = index.manifests.flatMap((entry) =>
    entry.platform?.os === 'linux' ? [formatPlatform(entry.platform)] : [],
  );
  throw new EngineError(
    'NOT_FOUND',
    `no matching manifest for ${formatPlatform(platform)} in the manifest list entries`,
    {
      hint: offered.length === 0 ? undefined : `the image is there for ${offered.slice(0, 20).join(', ')}`,
    },
  );
}

async function fetchImage(
  job: PullJob,
  client: RegistryClient,
  answer: ManifestAnswer,
  reference: Reference,
): Promise<ImageRecord> {
  const { ctx, signal } = job;
  const manifest = answer.document;
  const configBytes = await fetchBlob(client, manifest.config, CONFIG_LIMIT_BYTES);
  if (digestOf(configBytes) !== manifest.config.digest) {
    throw new EngineError(
      'DATA_LOSS',
      `image config verification failed for digest ${manifest.config.digest}`,
    );
  }
  const config = parseImageConfig(configBytes);
  checkConfig(job, config, manifest, reference);
  const blobs = manifest.layers.map(({ digest }) => digest);
  const release = await takeLease(
    ctx,
    [answer.digest, manifest.config.digest, ...blobs, ...config.rootfs.diff_ids],
    signal,
  );
  try {
    const layers = await pullLayers(job, client, manifest.layers, config.rootfs.diff_ids);
    const isWhole = layers.every(({ blob }, index) => blob.digest === blobs[index]);
    const size = answer.bytes.length;
    openContent(ctx.paths.content).writeSmall(answer.bytes);
    signal.throwIfAborted();
    return recordImage(ctx, {
      config,
      configBytes,
      layers,
      ...(isWhole ? { manifest: { mediaType: manifest.mediaType, digest: answer.digest, size } } : {}),
    });
  } finally {
    release();
  }
}

function checkConfig(
  job: PullJob,
  config: ImageConfigDocument,
  manifest: Manifest,
  reference: Reference,
): void {
  if (config.os !== 'linux') {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `image operating system "${config.os}" cannot be used on this platform`,
    );
  }
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      'invalid rootfs in image configuration: it has another number of layers than the manifest',
    );
  }
  if (job.platform === undefined || matchesPlatform(job.platform, config)) return;
  const why = `wanted ${formatPlatform(job.platform)}, actual: ${formatPlatform(config)}`;
  throw new EngineError(
    'NOT_FOUND',
    `image with reference ${familiarString(reference)} was found but does not match the specified platform: ${why}`,
  );
}

/** Points tag and digest at the image; true when the name meant another image before, or none. */
function nameImage({ ctx }: PullJob, record: ImageRecord, reference: Reference, digest: string): boolean {
  return ctx.state.write(() => {
    const { domain, path } = reference;
    const canonical = formatReference(withDigest({ domain, path }, digest));
    const names = reference.digest === undefined ? imageTags(ctx) : imageDigests(ctx);
    const before = names.get(reference.digest === undefined ? formatReference(reference) : canonical);
    if (reference.digest === undefined && before !== record.Id) pointTag(ctx, reference, record.Id);
    imageDigests(ctx).move(canonical, record.Id);
    recordEvent(ctx.state, {
      Type: 'image',
      Action: 'pull',
      id: familiarString(reference),
      attributes: imageAttributes(record, familiarName(reference)),
    });
    return before !== record.Id;
  });
}
