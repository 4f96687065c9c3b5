/** Layers made here are kept as plain tars until they are first pushed; then as the gzip that was sent. */
import { createGzip } from 'node:zlib';
import { openContent } from '../content/content.ts';
import type { Context } from '../context.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { declaredCompression } from '../oci/media-types.ts';
import { withLock } from '../state/locks.ts';
import { collect } from './collect.ts';
import { COLLECT_LOCK } from './leases.ts';
import { type ImageRecord, imageDocuments } from './records.ts';

const GZIP_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CHUNK_BYTES = 256 * 1024;

/**
 * The blob to push for a layer. A plain tar of ours is compressed (no time stamp in the header: the same bytes each time), and all images
 * with the layer then name the compressed blob, so that a second push finds it. Blobs as they were pulled stay as they are.
 */
export async function compressLayer(
  ctx: Context,
  layer: ImageRecord['layers'][number],
  signal: AbortSignal,
): Promise<Descriptor> {
  if (!isOurs(ctx, layer)) return layer.blob;
  return withLock(
    ctx.state,
    `compress:${layer.diffId}`,
    async () => {
      const done = currentBlob(ctx, layer.diffId);
      if (done !== undefined && declaredCompression(done.mediaType) !== '') return done;
      const blob = await compress(ctx, layer, signal);
      await collect(ctx, new Set([layer.blob.digest]));
      return blob;
    },
    { signal },
  );
}

/** A plain tar that came with a manifest belongs to that manifest. */
function isOurs(ctx: Context, layer: ImageRecord['layers'][number]): boolean {
  if (declaredCompression(layer.blob.mediaType) !== '') return false;
  const owners = imageDocuments(ctx)
    .all()
    .filter((record) => record.layers.some(({ diffId }) => diffId === layer.diffId));
  return owners.every((record) => record.manifest === undefined);
}

function currentBlob(ctx: Context, diffId: string): Descriptor | undefined {
  for (const record of imageDocuments(ctx).all()) {
    const found = record.layers.find((layer) => layer.diffId === diffId);
    if (found !== undefined) return found.blob;
  }
  return undefined;
}

async function compress(
  ctx: Context,
  layer: ImageRecord['layers'][number],
  signal: AbortSignal,
): Promise<Descriptor> {
  const content = openContent(ctx.paths.content);
  const writer = await content.writer();
  const source = content.stream(layer.blob.digest);
  try {
    const gzip = createGzip({ chunkSize: CHUNK_BYTES });
    source.on('error', (error) => gzip.destroy(error));
    for await (const chunk of source.pipe(gzip)) {
      signal.throwIfAborted();
      await writer.write(chunk as Buffer);
    }
    // No collector may come between the blob and the records that name it.
    return await withLock(ctx.state, COLLECT_LOCK, async () => {
      const blob = { mediaType: GZIP_TYPE, ...(await writer.commit()) };
      replaceBlob(ctx, layer.diffId, blob);
      return blob;
    });
  } catch (error) {
    source.destroy();
    await writer.abort(false);
    throw error;
  }
}

function replaceBlob(ctx: Context, diffId: string, blob: Descriptor): void {
  const documents = imageDocuments(ctx);
  ctx.state.write(() => {
    for (const record of documents.all()) {
      if (!record.layers.some((layer) => layer.diffId === diffId)) continue;
      documents.put(record.Id, {
        ...record,
        layers: record.layers.map((layer) => (layer.diffId === diffId ? { ...layer, blob } : layer)),
      });
    }
  });
}
