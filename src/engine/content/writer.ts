/** One blob on its way in: hashed while written, visible only when size and digest agree. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf, EngineError } from '../errors.ts';
import { digestHex } from '../oci/digest.ts';
import { processStart } from '../state/locks.ts';

const READ_CHUNK_BYTES = 1024 * 1024;
/** Names of ingests without a digest: new-PID-START-UUID. */
const OWN = 'new-';

export interface BlobWriter {
  /** Bytes an earlier, cut ingest left; read them with `resumed` before the first `write`. */
  readonly offset: number;
  /** The bytes so far, from disk, hashed while they pass. */
  resumed(): Readable | AsyncIterable<Buffer>;
  /** Before the first write: somebody else hashes the same bytes, and `commit` takes the digest it is told as it is. */
  trustDigest(): void;
  /** Appends. Wait for it: one write at a time. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the blob visible. Throws DATA_LOSS when size or digest differ from what was expected; the bytes are then removed. */
  commit(expected?: { digest?: string; size?: number }): Promise<{ digest: string; size: number }>;
  /** Gives up, unless it was committed; with `keep` the bytes stay for a later resume. */
  abort(keep: boolean): Promise<void>;
}

interface Folders {
  blobs: string;
  ingests: string;
}

/** Opens the partial file of `digest`, or a fresh one. */
export async function openBlobWriter(folders: Folders, digest?: string): Promise<BlobWriter> {
  if (digest === undefined) await sweepAbandoned(folders.ingests);
  const name =
    digest === undefined
      ? `${OWN}${process.pid}-${processStart(process.pid)}-${randomUUID()}`
      : digestHex(digest);
  const aside = join(folders.ingests, name);
  const file = await open(aside, 'a', 0o600);
  const { size: offset } = await file.stat();
  const hash = createHash('sha256');
  let size = 0;
  let isTrusted = false;
  let isClosed = false;
  return {
    offset,
    trustDigest() {
      isTrusted = true;
    },
    async *resumed() {
      if (offset === 0) return;
      for await (const chunk of createReadStream(aside, {
        end: offset - 1,
        highWaterMark: READ_CHUNK_BYTES,
      })) {
        hash.update(chunk as Buffer);
        size += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    },
    async write(chunk) {
      if (!isTrusted) hash.update(chunk);
      size += chunk.length;
      await writeAll(file, chunk).catch((cause: unknown) => {
        throw writeError(digest ?? 'a new blob', cause);
      });
    },
    async commit(expected = {}) {
      const own = `sha256:${hash.digest('hex')}`;
      const actual = { digest: isTrusted ? (expected.digest ?? own) : own, size };
      isClosed = true;
      const complaint = mismatch(actual, expected);
      if (complaint !== undefined) {
        await discard(file, aside);
        throw complaint;
      }
      await file.sync();
      await file.close();
      await publish(aside, folders.blobs, digestHex(actual.digest));
      return actual;
    },
    async abort(keep) {
      if (isClosed) return;
      isClosed = true;
      if (keep && digest !== undefined) await file.close();
      else await discard(file, aside);
    },
  };
}

function writeError(what: string, cause: unknown): unknown {
  if (!['ENOSPC', 'EDQUOT'].includes(codeOf(cause) ?? '')) return cause;
  return new EngineError('RESOURCE_EXHAUSTED', `writing ${what}: no space left on device`, {
    cause,
    hint: 'free some space, e.g. with: boxtop image prune',
  });
}

/** Ingests without a digest can't be taken up by anybody: they go when the process that wrote them is gone. */
async function sweepAbandoned(ingests: string): Promise<void> {
  for (const name of await readdir(ingests)) {
    const [, pid, start] = /^new-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && processStart(Number(pid)) !== start)
      await rm(join(ingests, name), { force: true });
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await file.write(chunk, done)).bytesWritten;
  }
}

function mismatch(
  actual: { digest: string; size: number },
  expected: { digest?: string; size?: number },
): EngineError | undefined {
  if (expected.size !== undefined && actual.size !== expected.size) {
    return new EngineError(
      'DATA_LOSS',
      `blob ${expected.digest ?? actual.digest} has ${actual.size} bytes, expected ${expected.size}`,
    );
  }
  if (expected.digest !== undefined && actual.digest !== expected.digest) {
    return new EngineError(
      'DATA_LOSS',
      `filesystem layer verification failed for digest ${expected.digest}`,
      {
        hint: 'the registry or a proxy delivered other bytes than the manifest names; try again',
      },
    );
  }
  return undefined;
}

async function discard(file: FileHandle, path: string): Promise<void> {
  await file.close();
  await rm(path, { force: true });
}

async function publish(aside: string, blobs: string, name: string): Promise<void> {
  await rename(aside, join(blobs, name));
  const folder = await open(blobs, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
