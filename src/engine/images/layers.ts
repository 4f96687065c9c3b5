/** One pass over a layer's bytes: into the content store as they are, and unpacked into the layer store. */
import { Readable } from 'node:stream';
import type { Layer } from '../../layerfs/index.ts';
import { openContent } from '../content/content.ts';
import type { BlobWriter } from '../content/writer.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { layerMediaType } from '../oci/media-types.ts';
import { takeLease } from './leases.ts';
import type { ImageRecord } from './records.ts';

/** Bytes between the source and the unpacker; enough to keep both busy. */
const BUFFER_BYTES = 4 * 1024 * 1024;

interface UnpackOptions {
  /** The stream is refused (DATA_LOSS) when its tar has another digest. */
  expectedDiffId?: string;
  signal?: AbortSignal;
}

/**
 * Stores a layer that is made here (import, commit, build): plain, gzip or zstd tar; with `isPlain` surely plain, which is hashed once
 * less. Nothing is left when it throws.
 * The layer is protected from collection until `recordImage` names it, or this process ends.
 */
export async function storeLayer(
  ctx: Context,
  stream: AsyncIterable<Uint8Array>,
  options: UnpackOptions & { isPlain?: boolean } = {},
): Promise<ImageRecord['layers'][number]> {
  const content = openContent(ctx.paths.content);
  const writer = await content.writer();
  if (options.isPlain) writer.trustDigest();
  const head: number[] = [];
  try {
    const layer = await unpack(ctx, written(stream, writer, head), options);
    const blob = await writer.commit(options.isPlain ? { digest: layer.diffId } : {});
    await takeLease(ctx, [layer.diffId, blob.digest], options.signal);
    if ((await content.size(blob.digest)) === undefined) throw vanished(layer);
    // A collector may have taken the layer in the moment before the lease.
    if ((await (await ctx.layers()).getLayer(layer.diffId)) === undefined)
      await unpack(ctx, content.stream(blob.digest), options);
    const mediaType = layerMediaType(Uint8Array.from(head));
    return {
      diffId: layer.diffId,
      sizeBytes: layer.sizeBytes,
      blob: { mediaType, digest: blob.digest, size: blob.size },
    };
  } catch (error) {
    await writer.abort(false);
    throw error;
  }
}

const vanished = (layer: Layer) =>
  new EngineError('UNAVAILABLE', `layer ${layer.diffId} was removed by another process meanwhile`, {
    hint: 'try again',
  });

/** Writes what passes, while it is unpacked; the first bytes, which tell the compression, go into `head`. */
async function* written(
  stream: AsyncIterable<Uint8Array>,
  writer: BlobWriter,
  head: number[],
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of stream) {
    if (head.length < 4) head.push(...chunk.subarray(0, 4));
    const writing = writer.write(chunk);
    writing.catch(() => {}); // told below
    try {
      yield chunk;
    } finally {
      await writing;
    }
  }
}

/** Unpacks a stream into the layer store. A failure of the source is thrown as it is. */
export async function unpack(
  ctx: Context,
  source: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): Promise<Layer> {
  let failure: unknown;
  async function* watched() {
    try {
      yield* source;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  const stream = Readable.from(watched(), { objectMode: false, highWaterMark: BUFFER_BYTES });
  const { expectedDiffId, signal } = options;
  try {
    return await (await ctx.layers()).ingest(stream, { expectedDiffId, signal });
  } catch (error) {
    throw failure ?? error;
  } finally {
    stream.destroy();
  }
}
