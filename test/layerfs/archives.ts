/** Archives for tests, also ones that no honest program writes. */
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { emptyHeader, TAR_END, type TarHeader, tarWriter } from '../../src/layerfs/index.ts';

const { encodeTarHeader, packedBytes, tarPadding } = await tarWriter();

/** `content` is what is stored; a `name` ending in '/' is a directory unless `type` says otherwise. */
export type Member = Partial<TarHeader> & { name: string; content?: string | Buffer };

export function member({ content = '', ...fields }: Member): Buffer {
  const data = Buffer.from(content);
  const type = fields.type ?? (fields.name.endsWith('/') ? 'directory' : 'file');
  const mode = fields.mode ?? (type === 'directory' ? 0o755 : 0o644);
  const header = { ...emptyHeader, sizeBytes: data.length, ...fields, type, mode };
  return Buffer.concat([encodeTarHeader(header), data, tarPadding(packedBytes(header))]);
}

export function archive(...members: Member[]): Buffer {
  return Buffer.concat([...members.map(member), TAR_END]);
}

/** In small pieces, so that headers and content span them. */
export function streamOf(data: Buffer, pieceBytes = 1000): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < data.length; at += pieceBytes) pieces.push(data.subarray(at, at + pieceBytes));
  return Readable.from(pieces, { objectMode: false });
}

export async function bytesOf(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

/** Runs a program with `input` on stdin; rejects on failure. */
export function run(program: string, args: readonly string[], input: Buffer | string = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (data: Buffer) => out.push(data));
    child.stderr.on('data', (data: Buffer) => (err += data));
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(Buffer.concat(out)) : reject(new Error(`${program} ${args.join(' ')}: ${err}`)),
    );
    child.stdin.end(input);
  });
}

export const sh = async (script: string): Promise<string> =>
  (await run('sh', ['-c', script])).toString('utf8');
