/** Undoes the compression of a stream, told by its first bytes. */
import { spawn } from 'node:child_process';
import { PassThrough, pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { programEnv } from './directory/program.ts';
import { LayerError } from './errors.ts';

/** Larger pieces than zlib's 16 KiB: each costs a turn through the thread pool and the event loop. */
const CHUNK_BYTES = 1024 * 1024;

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];

/** How `start`, the first bytes of a stream (6 are enough), is compressed. */
export function detectCompression(start: Buffer): Compression {
  const found = MAGICS.find(([, magic]) => magic.every((byte, i) => start[i] === byte));
  if (found !== undefined) return found[0];
  // a zstd stream may begin with a skippable frame (RFC 8878 3.1.2)
  const skippable =
    start.length >= 4 && start[0]! >> 4 === 5 && start[1] === 0x2a && start[2] === 0x4d && start[3] === 0x18;
  return skippable ? 'zstd' : 'none';
}

/**
 * The uncompressed bytes of `stream`: plain, gzip, zstd, xz or bzip2 (the last two through the host's programs).
 * The result fails with DATA_LOSS when the compressed data is damaged, and with whatever error `stream` fails with.
 */
export async function decompressStream(stream: Readable): Promise<Readable> {
  const { start, rest } = await peek(stream, 6);
  const compression = detectCompression(start);
  if (compression === 'none') return rest;
  if (compression === 'xz' || compression === 'bzip2') return throughProgram(rest, compression);
  const inflate =
    compression === 'gzip'
      ? createGunzip({ chunkSize: CHUNK_BYTES })
      : createZstdDecompress({ chunkSize: CHUNK_BYTES });
  return joined(rest, inflate, compression);
}

function joined(rest: Readable, inflate: Transform, compression: Compression): Readable {
  pipeline(rest, inflate, () => {}); // errors of both arrive at the reader of `inflate`
  const chunks = async function* () {
    try {
      yield* inflate;
    } catch (error) {
      throw damaged(error as NodeJS.ErrnoException, compression);
    } finally {
      inflate.destroy();
    }
  };
  return Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK_BYTES });
}

/** zlib's own errors become DATA_LOSS; errors of the source go on as they are. */
function damaged(error: NodeJS.ErrnoException, compression: Compression): Error {
  const ofZlib = /^(Z_|ZSTD_)/.test(error.code ?? '');
  if (!ofZlib) return error;
  return new LayerError('DATA_LOSS', `damaged ${compression} data: ${error.message}`, { cause: error });
}

/** The first `length` bytes, and a stream that still begins with them. */
async function peek(stream: Readable, length: number): Promise<{ start: Buffer; rest: Readable }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  while (size < length) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  const start = Buffer.concat(chunks);
  return { start, rest: resumed(start, iterator, stream) };
}

function resumed(start: Buffer, iterator: AsyncIterator<Buffer>, stream: Readable): Readable {
  const result = new PassThrough({ highWaterMark: CHUNK_BYTES });
  const source = {
    async *[Symbol.asyncIterator]() {
      try {
        if (start.length > 0) yield start;
        for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
          yield next.value;
      } finally {
        stream.destroy();
      }
    },
  };
  pipeline(source, result, () => {}); // pipeline hands the error to `result`
  return result;
}

function throughProgram(rest: Readable, program: 'xz' | 'bzip2'): Readable {
  const child = spawn(program, ['-dc'], { env: programEnv(), stdio: ['pipe', 'pipe', 'pipe'] });
  const result = new PassThrough({ highWaterMark: CHUNK_BYTES });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said = (said + data).slice(-500)));
  child.on('error', (cause) => result.destroy(programMissing(program, cause)));
  pipeline(rest, child.stdin, (error) => {
    // EPIPE: the program ended first, its status tells why
    if (error && error.code !== 'EPIPE') result.destroy(error);
  });
  child.stdout.pipe(result, { end: false });
  child.on('close', (code) => {
    if (code === 0) result.end();
    else
      result.destroy(
        new LayerError('DATA_LOSS', `damaged ${program} data: ${said.trim() || `exit status ${code}`}`),
      );
  });
  result.on('close', () => child.kill('SIGKILL'));
  return result;
}

function programMissing(program: string, cause: Error): LayerError {
  const hint = `install it, e.g.: apt-get install ${program === 'xz' ? 'xz-utils' : program}`;
  return new LayerError('UNAVAILABLE', `${program}: program not found`, { hint, cause });
}
