/** One pass over a layer's bytes: into the content store as they are, and unpacked into the layer store. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Layer } from '../../layerfs/index.ts';
import { openContent } from '../content/content.ts';
import type { BlobWriter } from '../content/writer.ts';
import type { Context } from '../context.ts';
import { layerMediaType } from '../oci/media-types.ts';
import type { ImageRecord } from './records.ts';

/** Bytes between the network and the unpacker; enough to keep both busy. */
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface StoreLayerOptions {
  /** The stream is refused (DATA_LOSS) when its tar has another digest. */
  expectedDiffId?: string;
  signal?: AbortSignal;
  /** Called with the bytes read so far. */
  onBytes?: (bytes: number) => void;
}

/** Stores a layer that is made here (import, commit, build): plain, gzip or zstd tar. Nothing is left when it throws. */
export async function storeLayer(
  ctx: Context,
  stream: AsyncIterable<Uint8Array>,
  options: StoreLayerOptions = {},
): Promise<ImageRecord['layers'][number]> {
  const writer = await openContent(ctx.paths.content).writer();
  try {
    const sniffed = sniff(stream);
    const layer = await unpackWhileWriting(ctx, sniffed.stream, writer, options);
    const blob = await writer.commit();
    return {
      diffId: layer.diffId,
      sizeBytes: layer.sizeBytes,
      blob: { mediaType: layerMediaType(sniffed.head()), digest: blob.digest, size: blob.size },
    };
  } catch (error) {
    await writer.abort(false).catch(() => {}); // a commit that failed has closed and removed it
    throw error;
  }
}

/** Remembers the first bytes, which tell the compression. */
function sniff(stream: AsyncIterable<Uint8Array>): {
  stream: AsyncIterable<Uint8Array>;
  head: () => Uint8Array;
} {
  let head: Uint8Array = new Uint8Array();
  async function* tap() {
    for await (const chunk of stream) {
      if (head.length < 4) head = Buffer.concat([head, chunk.subarray(0, 4)]);
      yield chunk;
    }
  }
  return { stream: tap(), head: () => head };
}

/** Feeds every chunk to the blob file and to the unpacker, at the pace of the slower one. */
export async function unpackWhileWriting(
  ctx: Context,
  source: AsyncIterable<Uint8Array>,
  writer: Pick<BlobWriter, 'write'>,
  options: StoreLayerOptions,
): Promise<Layer> {
  const toLayer = new PassThrough({ highWaterMark: BUFFER_BYTES });
  const store = await ctx.layers();
  const { expectedDiffId, signal } = options;
  const ingest = store.ingest(toLayer, { expectedDiffId, signal });
  const feed = pump(source, writer, toLayer, options);
  feed.catch((error: Error) => toLayer.destroy(error));
  // The unpacker may refuse the stream early (bad tar): then reading on is of no use.
  ingest.catch((error: Error) => toLayer.destroy(error));
  const [fed, ingested] = await Promise.allSettled([feed, ingest]);
  if (fed.status === 'rejected' && (ingested.status === 'fulfilled' || !isFirst(ingested.reason, fed.reason)))
    throw fed.reason;
  if (ingested.status === 'rejected') throw ingested.reason;
  return ingested.value;
}

/** True when the feed failed only because the unpacker had closed the stream. */
function isFirst(ingestError: unknown, feedError: unknown): boolean {
  return feedError === ingestError || (feedError as { code?: string }).code === 'ERR_STREAM_DESTROYED';
}

async function pump(
  source: AsyncIterable<Uint8Array>,
  writer: Pick<BlobWriter, 'write'>,
  sink: PassThrough,
  options: StoreLayerOptions,
): Promise<void> {
  let bytes = 0;
  for await (const chunk of source) {
    options.signal?.throwIfAborted();
    const hasRoom = write(sink, chunk);
    await writer.write(chunk);
    if (!hasRoom) await drained(sink);
    bytes += chunk.length;
    options.onBytes?.(bytes);
  }
  sink.end();
}

function write(sink: PassThrough, chunk: Uint8Array): boolean {
  if (sink.destroyed) throw sink.errored ?? new Error('the unpacker closed the stream');
  return sink.write(chunk);
}

async function drained(sink: PassThrough): Promise<void> {
  if (sink.writableNeedDrain && !sink.destroyed)
    await Promise.race([once(sink, 'drain'), once(sink, 'close')]);
}
