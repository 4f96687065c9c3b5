/** Digests of context files, remembered between builds: an unchanged file is not read again. */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { sha256Hex } from '../oci/sha256.ts';
import { type ContextFile, diskPath, isSettled } from './context-files.ts';
import { openContextFile } from './context-open.ts';

const MS = 1_000_000n;
const CHUNK_BYTES = 1024 * 1024;
/** Few small files have changed, as a rule: node:crypto takes 10 ms to load, all of this is hashed sooner without it. */
const SHORT_BYTES = 32 * 1024;
const SHORTS_BYTES = 1024 * 1024;
/** Cancelling and drawing wait for no longer than this takes to hash. */
const BREATH_BYTES = 16 * 1024 * 1024;

export interface FileHashes {
  /** hex sha256 of the file's content. Throws CANCELED. */
  digestOf(file: ContextFile, signal?: AbortSignal): Promise<string>;
  /** Writes what was learned, without files that are gone. */
  save(): void;
}

/** What tells that a file is the one of last time: inode, size, times. */
const stampOf = ({ inode, sizeBytes, mtimeNs, ctimeNs }: ContextFile) =>
  `${inode} ${sizeBytes} ${mtimeNs} ${ctimeNs}`;

/** Opens the memory of one context folder; `folder` holds one file per context. A damaged file counts as empty. */
export function openFileHashes(folder: string, contextRoot: string): FileHashes {
  const file = join(folder, `${sha256Hex(contextRoot)}.json`);
  const known = read(file);
  const seen = new Map<string, [stamp: string, digest: string]>();
  const asked = new Set<string>();
  const reader = new Reader();
  return {
    async digestOf(entry, signal) {
      asked.add(entry.path);
      const stamp = stampOf(entry);
      const remembered = known.get(entry.path);
      if (remembered?.[0] === stamp) return remembered[1];
      const startedNs = BigInt(Date.now()) * MS; // what changes while it is read has another stamp then
      const digest = await reader.hash(entry.file, signal);
      if (isSettled(entry, startedNs)) seen.set(entry.path, [stamp, digest]);
      return digest;
    },
    save() {
      if (seen.size === 0) return;
      const kept = [...known].filter(([path]) => asked.has(path) || isThere(join(contextRoot, path)));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.${process.pid}`, JSON.stringify([...kept, ...seen]), { mode: 0o600 });
      // ext4 waits for the disk when a file takes another's place, 3 ms; what is lost in a crash is read again
      rmSync(file, { force: true });
      renameSync(`${file}.${process.pid}`, file);
    },
  };
}

function isThere(path: string): boolean {
  try {
    return lstatSync(diskPath(path), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // its folder is a file now
  }
}

function read(file: string): Map<string, [string, string]> {
  try {
    return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, [string, string]][]);
  } catch {
    return new Map(); // absent or damaged: everything is read again
  }
}

/** Reads without threads, which is fastest for many small files, but lets others have their turn after each chunk's worth. */
class Reader {
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #sinceBreath = 0;
  #shorts = 0;

  async hash(path: string, signal: AbortSignal | undefined): Promise<string> {
    const descriptor = openContextFile(path);
    try {
      const start = this.#read(descriptor, 0);
      const isShort = start <= SHORT_BYTES && this.#shorts + start <= SHORTS_BYTES;
      const more = isShort ? this.#read(descriptor, start) : 0;
      this.#sinceBreath += start + more;
      const bytes = this.#buffer.subarray(0, start + more);
      if (isShort && more === 0) {
        this.#shorts += start;
        return sha256Hex(bytes);
      }
      return await this.#hashRest(descriptor, createHash('sha256').update(bytes), signal);
    } finally {
      closeSync(descriptor);
    }
  }

  #read(descriptor: number, at: number): number {
    return readSync(descriptor, this.#buffer, at, CHUNK_BYTES - at, null);
  }

  async #hashRest(descriptor: number, hash: Hash, signal: AbortSignal | undefined): Promise<string> {
    for (;;) {
      if (this.#sinceBreath >= BREATH_BYTES) await this.#breathe(signal);
      const length = this.#read(descriptor, 0);
      if (length === 0) return hash.digest('hex');
      hash.update(this.#buffer.subarray(0, length));
      this.#sinceBreath += length;
    }
  }

  async #breathe(signal: AbortSignal | undefined): Promise<void> {
    this.#sinceBreath = 0;
    await new Promise((resume) => setImmediate(resume));
    if (signal?.aborted) throw new EngineError('CANCELED', 'read build context: canceled');
  }
}
