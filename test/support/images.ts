/** Images for end-to-end tests, made from this machine's static busybox. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type Engine, finish } from '../../src/engine/index.ts';

const BUSYBOX = '/bin/busybox';
const BLOCK = 512;
const MTIME_S = 1_700_000_000;

export interface TarEntry {
  name: string;
  type?: 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo';
  content?: string | Uint8Array;
  link?: string;
  mode?: number;
  uid?: number;
  gid?: number;
}

const TYPE_FLAGS = { file: '0', hardlink: '1', symlink: '2', fifo: '6', directory: '5' } as const;

/** A plain ustar archive (POSIX.1-1988), deterministic. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(tarEntry), Buffer.alloc(2 * BLOCK)]);
}

function tarEntry(entry: TarEntry): Buffer[] {
  const type = entry.type ?? 'file';
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, size: number) =>
    header.write(`${value.toString(8).padStart(size - 1, '0')}\0`, at);
  header.write(entry.name, 0, 100);
  octal(entry.mode ?? (type === 'directory' ? 0o755 : 0o644), 100, 8);
  octal(entry.uid ?? 0, 108, 8);
  octal(entry.gid ?? 0, 116, 8);
  octal(content.length, 124, 12);
  octal(MTIME_S, 136, 12);
  header.write(' '.repeat(8), 148);
  header.write(TYPE_FLAGS[type], 156);
  header.write(entry.link ?? '', 157, 100);
  header.write('ustar\x0000', 257);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

let busybox: Buffer | undefined;

/** A small root: /bin with busybox and its applets, /etc/passwd, /etc/group, /tmp, /root, … */
export function busyboxTar(extra: readonly TarEntry[] = []): Buffer {
  busybox ??= readFileSync(BUSYBOX);
  const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '' && name !== 'busybox');
  return makeTar([
    ...['bin/', 'dev/', 'etc/', 'home/', 'proc/', 'root/', 'sys/', 'usr/', 'usr/bin/', 'var/'].map(
      (name): TarEntry => ({ name, type: 'directory', mode: name === 'root/' ? 0o700 : 0o755 }),
    ),
    { name: 'tmp/', type: 'directory', mode: 0o1777 },
    { name: 'bin/busybox', content: busybox, mode: 0o755 },
    ...applets.map(
      (name): TarEntry => ({ name: `bin/${name}`, type: 'symlink', link: 'busybox', mode: 0o777 }),
    ),
    {
      name: 'etc/passwd',
      content:
        'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\nuser:x:1000:1000::/home:/bin/sh\n',
    },
    { name: 'etc/group', content: 'root:x:0:\nnobody:x:65534:\nuser:x:1000:\nextra:x:2000:user\n' },
    ...extra,
  ]);
}

export interface ImportBusyboxOptions {
  /** default: CMD ["sh"] */
  changes?: string[];
  extra?: readonly TarEntry[];
}

/** Imports the busybox image under `reference` and returns its id. */
export async function importBusybox(
  engine: Engine,
  reference: string,
  options: ImportBusyboxOptions = {},
): Promise<string> {
  const stream = Readable.from([busyboxTar(options.extra)]);
  const changes = options.changes ?? ['CMD ["sh"]', 'ENV PATH=/bin:/usr/bin'];
  const { imageId } = await finish(engine.images.import(stream, { reference, changes }));
  return imageId;
}
