/** One image to one repository. */
import { openContent } from '../content/content.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { MANIFEST_LIMIT_BYTES, parseManifest } from '../oci/manifest.ts';
import {
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  declaredCompression,
  dockerLayerType,
  OCI_CONFIG,
  OCI_MANIFEST,
} from '../oci/media-types.ts';
import { hasBlob } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/client.ts';
import { putManifest } from '../registry/manifests.ts';
import { mountBlob, uploadBlob } from '../registry/upload.ts';
import { compressLayer } from './compress.ts';
import { digestsOf } from './digests.ts';
import { takeLease } from './leases.ts';
import type { Emit } from './progress-channel.ts';
import { counted } from './push-stream.ts';
import { type ImageRecord, imageDigests, imageDocuments } from './records.ts';

/** Docker's max-concurrent-uploads. */
const MAX_PARALLEL = 5;

export interface PushJob {
  ctx: Context;
  client: RegistryClient;
  domain: string;
  emit: Emit;
  signal: AbortSignal;
}

/** What a registry was sent for an image. */
export interface PushedManifest {
  mediaType: string;
  bytes: Buffer;
}

export async function pushImage(job: PushJob, imageId: string, tag: string): Promise<PushedManifest> {
  const before = imageDocuments(job.ctx).get(imageId);
  if (before === undefined) throw new EngineError('NOT_FOUND', `No such image: ${imageId}`);
  const release = await takeLease(job.ctx, digestsOf(before), job.signal);
  try {
    await pushLayers(job, before);
    const record = imageDocuments(job.ctx).get(imageId) ?? before;
    const content = openContent(job.ctx.paths.content);
    const manifest = await makeManifest(job.ctx, record);
    const config: Descriptor = {
      mediaType: '',
      digest: record.Id,
      size: (await content.size(record.Id)) ?? 0,
    };
    if (!(await hasBlob(job.client, config.digest))) {
      await uploadBlob(job.client, config, () => content.stream(config.digest));
    }
    await putManifest(job.client, tag, manifest.mediaType, manifest.bytes);
    return manifest;
  } finally {
    release();
  }
}

async function pushLayers(job: PushJob, record: ImageRecord): Promise<void> {
  // Docker shows the top layer first, and each once.
  const layers = [...new Map(record.layers.toReversed().map((layer) => [layer.diffId, layer])).values()];
  for (const { diffId } of layers) job.emit({ id: shortDigest(diffId), status: 'Preparing' });
  for (const { diffId } of layers.slice(MAX_PARALLEL))
    job.emit({ id: shortDigest(diffId), status: 'Waiting' });
  const queue = [...layers];
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    for (let layer = queue.shift(); layer !== undefined && failure === undefined; layer = queue.shift()) {
      try {
        await pushLayer(job, layer);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: MAX_PARALLEL }, worker));
  if (failure !== undefined) throw (failure as { error: unknown }).error;
  job.signal.throwIfAborted();
}

async function pushLayer(job: PushJob, layer: ImageRecord['layers'][number]): Promise<void> {
  const { ctx, client, emit } = job;
  const id = shortDigest(layer.diffId);
  const blob = await compressLayer(ctx, layer, job.signal);
  if (await hasBlob(client, blob.digest)) return emit({ id, status: 'Layer already exists' });
  for (const from of mountSources(job, blob.digest)) {
    if (await mountBlob(client, blob.digest, from)) return emit({ id, status: `Mounted from ${from}` });
  }
  const content = openContent(ctx.paths.content);
  let isPushed = false; // the registry may answer before the stream is asked for its end
  await uploadBlob(client, blob, () =>
    counted(content.stream(blob.digest), (current) => {
      if (!isPushed) emit({ id, status: 'Pushing', current, total: blob.size });
    }),
  );
  isPushed = true;
  emit({ id, status: 'Pushed' });
}

/** Repositories of the same registry that we know to have the blob; a few are enough. */
function mountSources({ ctx, domain, client }: PushJob, digest: string): string[] {
  const sources = new Set<string>();
  for (const { name, id } of imageDigests(ctx).all()) {
    const repository = name.slice(0, name.indexOf('@'));
    if (!repository.startsWith(`${domain}/`)) continue;
    const record = imageDocuments(ctx).get(id);
    if (record?.layers.some(({ blob }) => blob.digest === digest))
      sources.add(repository.slice(domain.length + 1));
  }
  sources.delete(client.options.repository);
  return [...sources].slice(0, 3);
}

/** The manifest the image came with when it still names exactly our blobs, else a new one of Docker's schema 2. */
async function makeManifest(ctx: Context, record: ImageRecord): Promise<PushedManifest> {
  const content = openContent(ctx.paths.content);
  const hasManifest =
    record.manifest !== undefined && (await content.size(record.manifest.digest)) !== undefined;
  if (record.manifest !== undefined && hasManifest) {
    const bytes = content.readSmall(record.manifest.digest, MANIFEST_LIMIT_BYTES);
    const known = parseManifest(bytes, record.manifest.mediaType);
    const isSame =
      known.kind === 'manifest' &&
      known.layers.length === record.layers.length &&
      known.layers.every(({ digest }, index) => digest === record.layers[index]!.blob.digest);
    if (isSame) return { mediaType: record.manifest.mediaType, bytes };
  }
  return newManifest(record, content.readSmall(record.Id, MANIFEST_LIMIT_BYTES).length);
}

function newManifest(record: ImageRecord, configSize: number): PushedManifest {
  // Docker's schema 2 knows gzip and plain layers only.
  const isOci = record.layers.some(({ blob }) => declaredCompression(blob.mediaType) === 'zstd');
  const mediaType = isOci ? OCI_MANIFEST : DOCKER_MANIFEST;
  const layers = record.layers.map(({ blob: { mediaType: type, size, digest } }) => ({
    mediaType: isOci ? ociType(type) : dockerLayerType(type),
    size,
    digest,
  }));
  const config = { mediaType: isOci ? OCI_CONFIG : DOCKER_CONFIG, size: configSize, digest: record.Id };
  const document = { schemaVersion: 2, mediaType, config, layers };
  return { mediaType, bytes: Buffer.from(JSON.stringify(document, undefined, 3)) };
}

function ociType(type: string): string {
  const compression = declaredCompression(type);
  return `application/vnd.oci.image.layer.v1.tar${compression === '' ? '' : `+${compression}`}`;
}
