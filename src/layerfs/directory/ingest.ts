/** Unpacks a tar stream into a new layer: aside first, visible only when whole and verified. */
import { createHash } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { decompressStream } from '../decompress.ts';
import { LayerError } from '../errors.ts';
import type { DiffId, IngestOptions, Layer } from '../store.ts';
import { readTarMembers } from '../tar/read.ts';
import { Extractor } from './extractor.ts';
import { type LayerRecord, linkLayer, readLayer } from './layers.ts';
import { hexOf, type Layout, ownedName, storageError, sweepOwned, writeRecord } from './layout.ts';
import { ownOwner } from './owner.ts';
import { removeTree, runProgram } from './program.ts';
import { Sanitizer } from './sanitize.ts';

/** See LayerStore.ingest. */
export async function ingestLayer(layout: Layout, stream: Readable, options: IngestOptions): Promise<Layer> {
  const staging = ownedName(layout.ingest);
  try {
    options.signal?.throwIfAborted();
    if (options.signal !== undefined) addAbortSignal(options.signal, stream); // it may hang for ever
    if (options.expectedDiffId !== undefined) hexOf(options.expectedDiffId);
    await sweepOwned(layout.ingest);
    await mkdir(join(staging, 'diff'), { recursive: true, mode: 0o700 });
    const record = await unpack(staging, stream, options);
    return await publish(layout, staging, record);
  } catch (error) {
    if (options.signal?.aborted)
      throw new LayerError('CANCELED', 'unpacking the layer: canceled', { cause: error });
    throw storageError(error, 'unpacking the layer');
  } finally {
    stream.destroy();
    await removeTree(staging);
  }
}

async function unpack(staging: string, stream: Readable, options: IngestOptions): Promise<LayerRecord> {
  const plain = await decompressStream(stream);
  const meter = new Meter(plain, options);
  const unpacking = new Unpacking(join(staging, 'diff'), options.signal);
  try {
    const { sizeBytes, opaque } = await unpacking.run(meter);
    const diffId = await meter.finish();
    const expected = options.expectedDiffId;
    if (expected !== undefined && expected !== diffId)
      throw new LayerError('DATA_LOSS', `layer verification failed: expected ${expected}, got ${diffId}`, {
        hint: 'the data was damaged or changed on its way: fetch it again',
      });
    return { diffId, sizeBytes, opaque, owner: ownOwner() };
  } finally {
    await unpacking.abandon();
    plain.destroy();
  }
}

/** Hashes and counts what passes through. */
class Meter implements AsyncIterable<Buffer> {
  readonly #hash = createHash('sha256');
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #options: IngestOptions;
  #bytes = 0;

  constructor(stream: Readable, options: IngestOptions) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return { next: () => this.#next() };
  }

  /** Reads to the end (what follows the archive's end mark counts too) and gives the digest. */
  async finish(): Promise<DiffId> {
    while ((await this.#next()).done !== true);
    return `sha256:${this.#hash.digest('hex')}`;
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    this.#options.signal?.throwIfAborted();
    const next = await this.#chunks.next();
    if (next.done === true) return next;
    this.#bytes += next.value.length;
    const limit = this.#options.maxBytes;
    if (limit !== undefined && this.#bytes > limit)
      throw new LayerError('RESOURCE_EXHAUSTED', `layer is larger than ${limit} bytes`, {
        hint: 'its manifest promises less: do not trust this image',
      });
    this.#hash.update(next.value);
    return next;
  }
}

/** Carries out a sanitizer's steps in one directory. */
class Unpacking {
  readonly #directory: string;
  readonly #signal: AbortSignal | undefined;
  readonly #sanitizer = new Sanitizer();
  #extractor: Extractor;

  constructor(directory: string, signal: AbortSignal | undefined) {
    this.#directory = directory;
    this.#signal = signal;
    this.#extractor = new Extractor(directory, signal);
  }

  async run(archive: AsyncIterable<Buffer>): Promise<{ sizeBytes: number; opaque: string[] }> {
    for await (const entry of readTarMembers(archive)) {
      const { packed, content: _, ...header } = entry;
      for (const step of this.#sanitizer.add(header)) {
        if (step.do === 'remove') await this.#remove(step.path);
        else await this.#extractor.header(step.header);
        if (step.do !== 'make' || step.header.type !== 'file') continue;
        for await (const part of packed) await this.#extractor.write(part);
        await this.#extractor.pad(step.header);
      }
    }
    // last, because making something in a directory changes its times
    for (const header of this.#sanitizer.directories()) await this.#extractor.header(header);
    await this.#extractor.finish();
    return { sizeBytes: this.#sanitizer.sizeBytes, opaque: this.#sanitizer.opaqueDirectories() };
  }

  /** Waits until tar has stopped writing here. */
  async abandon(): Promise<void> {
    await this.#extractor.kill();
  }

  /** tar must have caught up, and must not go on with a directory it remembers. */
  async #remove(path: string): Promise<void> {
    await this.#extractor.finish();
    await removeTree(join(this.#directory, path));
    this.#extractor = new Extractor(this.#directory, this.#signal);
  }
}

/** One flush of the file system for all files, then the rename that makes the layer visible. */
async function publish(layout: Layout, staging: string, record: LayerRecord): Promise<Layer> {
  const existing = readLayer(layout, record.diffId);
  if (existing !== undefined) return existing;
  const synced = await runProgram('sync', ['--file-system', staging]);
  if (synced.exitCode !== 0) throw new LayerError('INTERNAL', `writing the layer to disk: ${synced.stderr}`);
  await writeRecord(join(staging, 'layer.json'), record);
  try {
    await rename(staging, join(layout.layers, hexOf(record.diffId)));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // another process was faster with the same layer
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  linkLayer(layout, record.diffId);
  return { diffId: record.diffId, sizeBytes: record.sizeBytes };
}
