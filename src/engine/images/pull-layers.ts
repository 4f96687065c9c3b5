/** The layers of a pull: several at once, each downloaded, verified and unpacked in one pass. */
import { openContent } from '../content/content.ts';
import type { BlobWriter } from '../content/writer.ts';
import { codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { blobChunks } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/client.ts';
import { withLock } from '../state/locks.ts';
import { unpack } from './layers.ts';
import type { PullJob } from './pull-job.ts';
import { type ImageRecord, imageDocuments } from './records.ts';

/** Docker's max-concurrent-downloads. */
const MAX_PARALLEL = 3;
const PROGRESS_INTERVAL_MS = 50;

const USELESS: ReadonlySet<string> = new Set(['DATA_LOSS', 'INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED']);

type StoredLayer = ImageRecord['layers'][number];

interface LayerTask {
  blob: Descriptor;
  diffId: string;
  /** as Docker names the bar */
  id: string;
}

/** Returns the layers bottom first. When one fails the others are stopped; what they have is kept for the next try. */
export async function pullLayers(
  job: PullJob,
  client: RegistryClient,
  blobs: Descriptor[],
  diffIds: string[],
): Promise<StoredLayer[]> {
  const tasks = blobs.map(
    (blob, index): LayerTask => ({ blob, diffId: diffIds[index]!, id: shortDigest(blob.digest) }),
  );
  const stored = new Map<string, StoredLayer>();
  const missing = new Map<string, LayerTask>();
  for (const task of tasks) {
    const found = stored.get(task.diffId) ?? (await findStored(job, task));
    if (found !== undefined) stored.set(task.diffId, found);
    else missing.set(task.diffId, task);
    job.emit({ id: task.id, status: found === undefined ? 'Pulling fs layer' : 'Already exists' });
  }
  const queue = [...missing.values()];
  for (const { id } of queue.slice(MAX_PARALLEL)) job.emit({ id, status: 'Waiting' });
  await inParallel(job, queue, async (task, inner) => {
    stored.set(task.diffId, await pullLayer(inner, client, task));
  });
  return tasks.map(({ diffId }) => stored.get(diffId)!);
}

async function inParallel(
  job: PullJob,
  queue: LayerTask[],
  run: (task: LayerTask, job: PullJob) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const inner = { ...job, signal: AbortSignal.any([job.signal, stop.signal]) };
  const failures: unknown[] = [];
  const worker = async () => {
    for (let task = queue.shift(); task !== undefined && !inner.signal.aborted; task = queue.shift()) {
      try {
        await run(task, inner);
      } catch (error) {
        failures.push(error);
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: MAX_PARALLEL }, worker));
  if (failures.length > 0) throw failures[0];
  job.signal.throwIfAborted();
}

/** The layer with a blob to push, when the store has both. Another image may have brought it compressed in another way. */
async function findStored({ ctx }: PullJob, { blob, diffId }: LayerTask): Promise<StoredLayer | undefined> {
  const layer = await (await ctx.layers()).getLayer(diffId);
  if (layer === undefined) return undefined;
  const content = openContent(ctx.paths.content);
  if ((await content.size(blob.digest)) === blob.size) return { ...layer, blob };
  for (const record of imageDocuments(ctx).all()) {
    const same = record.layers.find((other) => other.diffId === diffId);
    if (same !== undefined && (await content.size(same.blob.digest)) !== undefined) return same;
  }
  return undefined;
}

/** Two pulls of one layer, also of two processes, share one download: the second waits and finds it. */
function pullLayer(job: PullJob, client: RegistryClient, task: LayerTask): Promise<StoredLayer> {
  const { ctx, signal, emit } = job;
  const { id, blob, diffId } = task;
  return withLock(
    ctx.state,
    `pull:${blob.digest}`,
    async () => {
      const layer = (await findStored(job, task)) ?? {
        ...(await fetchLayer(job, client, task)),
        blob,
        diffId,
      };
      emit({ id, status: 'Pull complete' });
      return layer;
    },
    { signal },
  );
}

async function fetchLayer(
  job: PullJob,
  client: RegistryClient,
  task: LayerTask,
): Promise<{ sizeBytes: number }> {
  const { ctx, signal, emit } = job;
  const { blob, diffId, id } = task;
  const content = openContent(ctx.paths.content);
  if ((await content.size(blob.digest)) === blob.size) {
    emit({ id, status: 'Download complete' });
    emit({ id, status: 'Extracting', current: 0, total: blob.size });
    return unpack(ctx, content.stream(blob.digest), { expectedDiffId: diffId, signal });
  }
  const writer = await content.writer(blob.digest);
  try {
    const layer = await unpack(ctx, downloaded(job, client, task, writer), {
      expectedDiffId: diffId,
      signal,
    });
    await writer.commit({ digest: blob.digest, size: blob.size });
    return layer;
  } catch (error) {
    // Bytes that were wrong must not be resumed, and a full disk needs the room; bytes of a broken or cancelled download are kept.
    await writer.abort(!USELESS.has(codeOf(error) ?? ''));
    throw error;
  }
}

/** Writing, hashing and inflating cost by the piece too: sockets bring 64 KiB. */
const PIECE_BYTES = 512 * 1024;

async function* gathered(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let held: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      held.push(chunk);
      size += chunk.length;
      if (size < PIECE_BYTES) continue;
      yield Buffer.concat(held, size);
      held = [];
      size = 0;
    }
  } catch (error) {
    // what has arrived is kept for a later resume
    if (size > 0) yield Buffer.concat(held, size);
    throw error;
  }
  if (size > 0) yield Buffer.concat(held, size);
}

/** The blob's bytes: what an earlier pull left, then the network's, written down while they pass. */
async function* downloaded(
  job: PullJob,
  client: RegistryClient,
  task: LayerTask,
  writer: BlobWriter,
): AsyncGenerator<Buffer, void, void> {
  const { blob, id } = task;
  let current = 0;
  let shownAt = 0;
  for await (const chunk of writer.resumed()) {
    current += chunk.length;
    yield chunk;
  }
  for await (const chunk of gathered(blobChunks(client, blob, current))) {
    await writer.write(chunk);
    current += chunk.length;
    if (Date.now() - shownAt >= PROGRESS_INTERVAL_MS) {
      shownAt = Date.now();
      job.emit({ id, status: 'Downloading', current, total: blob.size });
    }
    yield chunk;
  }
  job.emit({ id, status: 'Verifying Checksum' });
  job.emit({ id, status: 'Download complete' });
  job.emit({ id, status: 'Extracting', current: blob.size, total: blob.size });
}
