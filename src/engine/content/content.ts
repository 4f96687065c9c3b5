/** Blobs by digest: written aside, verified, synced, renamed. A blob that is visible is whole. */
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { digestHex, isDigest } from '../oci/digest.ts';
import { digestOf } from '../oci/sha256.ts';
import { BLOBS } from './has-blob.ts';
import type { BlobWriter } from './writer.ts';

/** Big reads: a layer blob goes through in few system calls. */
const READ_CHUNK_BYTES = 1024 * 1024;

export interface Content {
  /** Size in bytes, undefined when it is not here. */
  size(digest: string): Promise<number | undefined>;
  /** The bytes of a small blob. Throws NOT_FOUND, RESOURCE_EXHAUSTED over `limitBytes`, DATA_LOSS when they changed on disk. */
  readSmall(digest: string, limitBytes: number): Buffer;
  stream(digest: string): Readable;
  /** Writes a small blob and returns its digest. Present already: nothing is done. */
  writeSmall(bytes: Uint8Array): string;
  /** Opens an ingest. With a digest an earlier cut one is taken up; hold the lock `pull:DIGEST` meanwhile. */
  writer(digest?: string): Promise<BlobWriter>;
  /** Returns its bytes. Synchronous, so that a collector can look and remove within one database transaction. */
  remove(digest: string): number;
  list(): Promise<string[]>;
  /** Bytes of all blobs, and of ingests that go on or were cut. */
  usage(): { blobs: Map<string, number>; ingestBytes: number };
  /** Removes ingests nobody has written to for `olderThanMs`. */
  sweep(olderThanMs: number): Promise<void>;
}

/** Opens (creating) the content store in the folder `root`. */
export function openContent(root: string): Content {
  const blobs = join(root, BLOBS);
  const ingests = join(root, 'ingest');
  const file = (digest: string) => join(blobs, digestHex(digest));
  mkdirSync(blobs, { recursive: true, mode: 0o700 });
  mkdirSync(ingests, { recursive: true, mode: 0o700 });
  return {
    size: (digest) => fileSize(file(digest)),
    readSmall: (digest, limitBytes) => readVerified(file(digest), digest, limitBytes),
    stream: (digest) => createReadStream(file(digest), { highWaterMark: READ_CHUNK_BYTES }),
    writeSmall: (bytes) => writeSmall(blobs, ingests, bytes),
    writer: async (digest) => (await import('./writer.ts')).openBlobWriter({ blobs, ingests }, digest),
    remove: (digest) => removeFile(file(digest)),
    list: async () => (await readdir(blobs)).map((hex) => `sha256:${hex}`).filter(isDigest),
    usage: () => ({
      blobs: new Map(sizesIn(blobs).map(([hex, bytes]) => [`sha256:${hex}`, bytes])),
      ingestBytes: sizesIn(ingests).reduce((sum, [, bytes]) => sum + bytes, 0),
    }),
    sweep: (olderThanMs) => sweep(ingests, olderThanMs),
  };
}

function removeFile(path: string): number {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  rmSync(path, { force: true });
  return bytes;
}

/** Names and bytes of a folder's files. */
function sizesIn(folder: string): [name: string, bytes: number][] {
  return readdirSync(folder).map((name) => [
    name,
    statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  ]);
}

/** Without node:fs/promises, which takes 3 ms to load. */
const fileSize = async (path: string): Promise<number | undefined> =>
  statSync(path, { throwIfNoEntry: false })?.size;

function readVerified(path: string, digest: string, limitBytes: number): Buffer {
  let bytes: Buffer;
  try {
    if (statSync(path).size > limitBytes) {
      throw new EngineError('RESOURCE_EXHAUSTED', `blob ${digest} is larger than ${limitBytes} bytes`);
    }
    bytes = readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new EngineError('NOT_FOUND', `blob ${digest} is not in the content store`, {
      cause,
      hint: 'pull the image again',
    });
  }
  if (digestOf(bytes) === digest) return bytes;
  throw new EngineError('DATA_LOSS', `blob ${digest} was changed on disk`, {
    hint: 'remove the image and pull it again',
  });
}

/** Synchronous: a few kB, so that an image can be recorded within one database transaction. */
function writeSmall(blobs: string, ingests: string, bytes: Uint8Array): string {
  const digest = digestOf(bytes);
  const target = join(blobs, digestHex(digest));
  if (statSync(target, { throwIfNoEntry: false })?.size === bytes.length) return digest;
  const aside = join(ingests, `small-${process.pid}-${digestHex(digest)}`);
  writeFileSync(aside, bytes, { mode: 0o600, flush: true });
  renameSync(aside, target);
  const folder = openSync(blobs, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return digest;
}

async function sweep(ingests: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(ingests)) {
    const path = join(ingests, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > olderThanMs) await rm(path, { force: true });
  }
}
