/** Feeds a sanitized tar stream to GNU tar, which makes what Node cannot: devices, extended attributes, holes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LayerError } from '../errors.ts';
import { TAR_END, type TarHeader } from '../tar/entry.ts';
import { encodeTarHeader, packedBytes, tarPadding } from '../tar/write.ts';
import { programEnv, startError } from './program.ts';

/** Written to the pipe in one go: few system calls, and bounded memory. */
const BATCH_BYTES = 1024 * 1024;
/** writev takes 1024 pieces at most. */
const BATCH_PIECES = 1000;

const TAR_ARGS = [
  '--extract',
  '--file=-',
  '--blocking-factor=128',
  '--absolute-names', // names are resolved already; without it symlinks would be made in two steps
  '--numeric-owner',
  '--same-owner',
  '--same-permissions',
  '--xattrs',
  '--xattrs-include=*',
  '--warning=no-timestamp',
  '--warning=no-unknown-keyword',
];

/** GNU tar's words for it; a write that was cut short means the same. */
const DISK_FULL = /No space left on device|Disk quota exceeded|Wrote only \d+ of \d+ bytes/;

/** One run of tar in `directory`, which must be ours alone and reachable by nobody else. */
export class Extractor {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #failure: LayerError | undefined;
  #said = '';
  #batch: Buffer[] = [];
  #batchBytes = 0;

  constructor(directory: string, signal?: AbortSignal) {
    this.#child = spawn('tar', TAR_ARGS, {
      cwd: directory,
      env: programEnv(),
      signal,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#child.stderr?.on('data', (data: Buffer) => this.#hear(data));
    this.#child.stdin?.on('error', () => {}); // tar ended first; its exit tells why
    this.#ended = this.#watch();
    this.#ended.catch(() => {}); // reported by whoever writes or finishes
  }

  /** The member's content follows with `write`, then `pad`. */
  async header(header: TarHeader): Promise<void> {
    await this.write(encodeTarHeader(header));
  }

  async pad(header: TarHeader): Promise<void> {
    const padding = tarPadding(packedBytes(header));
    if (padding.length > 0) await this.write(padding);
  }

  async write(bytes: Buffer): Promise<void> {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
    if (this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_PIECES) await this.#flush();
  }

  /** Waits until everything is on its place. Throws what tar complained about. */
  async finish(): Promise<void> {
    this.#batch.push(TAR_END);
    await this.#flush();
    this.#child.stdin?.end();
    await this.#ended;
  }

  /** Ends tar at once; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended.catch(() => {});
  }

  async #flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const stdin = this.#child.stdin!;
    stdin.cork();
    let room = true;
    for (const piece of this.#batch) room = stdin.write(piece);
    this.#batch = [];
    this.#batchBytes = 0;
    stdin.uncork();
    if (room || !stdin.writable) return;
    const drained = new AbortController();
    try {
      await Promise.race([once(stdin, 'drain', { signal: drained.signal }), this.#ended]);
    } catch (cause) {
      await this.#ended; // says why the pipe broke
      throw new LayerError('INTERNAL', 'unpacking the layer: tar ended early', { cause });
    } finally {
      drained.abort();
    }
  }

  #hear(data: Buffer): void {
    if (this.#said.length < 4000) this.#said += data.toString('utf8');
    // tar would go on with the next member and fail again
    if (DISK_FULL.test(this.#said)) this.#child.kill('SIGKILL');
  }

  async #watch(): Promise<void> {
    try {
      const [code] = (await once(this.#child, 'close')) as [number | null];
      if (code !== 0) this.#failure = extractionError(this.#said, code);
    } catch (error) {
      this.#failure = startError('tar', error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function extractionError(said: string, code: number | null): LayerError {
  if (DISK_FULL.test(said))
    return new LayerError('RESOURCE_EXHAUSTED', 'no space left on device', {
      hint: 'free space on the disk, e.g. remove images that are not used',
    });
  const why = said.trim().slice(0, 1000) || (code === null ? 'killed' : `exit status ${code}`);
  const denied = /Operation not permitted|Permission denied/.test(said);
  return new LayerError(denied ? 'PERMISSION_DENIED' : 'INTERNAL', `unpacking the layer: ${why}`, {
    hint: denied ? 'unpacking layers needs root' : undefined,
  });
}
