/** A first image without a registry: busybox from the machine's own static program. */
import { access, constants, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Engine, EngineError, type Job } from '../../../engine/index.ts';

export const FIRST_IMAGE = 'busybox:latest';
const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];
/** The applets a shell in a container is asked for first; the rest is reached as `busybox NAME`. */
const APPLETS =
  'sh ash cat cp mv rm mkdir rmdir ls ln ps top kill sleep true false echo printf env id whoami hostname date uname mount df du free head tail less more vi grep egrep sed awk sort uniq wc cut tr tee find xargs chmod chown touch stat tar gzip gunzip wget nc ping ip ifconfig route netstat nslookup httpd test [ yes seq watch dd md5sum sha256sum base64 od hexdump which clear reset stty tty pwd dirname basename readlink realpath su login adduser usleep time timeout nohup sync dmesg uptime crond syslogd'.split(
    ' ',
  );

/** Imports the image. Throws UNAVAILABLE when the machine has no static busybox. */
export async function* makeFirstImage(engine: Engine, signal: AbortSignal): Job<{ imageId: string }> {
  const program = await readFirst(BUSYBOX);
  return yield* engine.images.import(Readable.from(tarOf(program)), {
    reference: FIRST_IMAGE,
    message: "the machine's static busybox",
    changes: ['CMD ["sh"]', 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    signal,
  });
}

async function readFirst(paths: readonly string[]): Promise<Buffer> {
  for (const path of paths) {
    try {
      await access(path, constants.R_OK);
    } catch {
      continue; // Not there: the next one.
    }
    const program = await readFile(path);
    if (isStatic(program)) return program;
  }
  throw new EngineError('UNAVAILABLE', 'this machine has no static busybox', {
    hint: 'apt-get install busybox-static, or pull an image: : pull NAME',
  });
}

const PT_INTERP = 3;

/** True for a 64-bit little-endian ELF file that asks for no dynamic loader (System V gABI, program headers). */
function isStatic(file: Buffer): boolean {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return false;
  const offset = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  for (let index = 0; index < count; index += 1) {
    const at = offset + index * size;
    if (at + 4 > file.length || file.readUInt32LE(at) === PT_INTERP) return false;
  }
  return true;
}

const DIRECTORIES: readonly [string, number][] = [
  ['bin', 0o755],
  ['dev', 0o755],
  ['etc', 0o755],
  ['home', 0o755],
  ['proc', 0o755],
  ['root', 0o700],
  ['sys', 0o755],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['usr/bin', 0o755],
  ['var', 0o755],
];
const FILES: readonly [string, string][] = [
  ['etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n'],
  ['etc/group', 'root:x:0:\nnogroup:x:65534:\n'],
];

/** The root file system as a tar stream (POSIX.1-1988 ustar). */
function* tarOf(busybox: Buffer): Generator<Buffer> {
  for (const [path, mode] of DIRECTORIES) yield header({ path: `${path}/`, mode, type: '5' });
  for (const [path, text] of FILES) yield* file(path, 0o644, Buffer.from(text));
  yield* file('bin/busybox', 0o755, busybox);
  for (const applet of APPLETS)
    yield header({ path: `bin/${applet}`, mode: 0o777, type: '2', link: 'busybox' });
  yield header({ path: 'usr/bin/env', mode: 0o777, type: '2', link: '/bin/env' });
  yield Buffer.alloc(1024);
}

function* file(path: string, mode: number, data: Buffer): Generator<Buffer> {
  yield header({ path, mode, type: '0', size: data.length });
  yield data;
  yield Buffer.alloc((512 - (data.length % 512)) % 512);
}

function header({
  path,
  mode,
  type,
  size = 0,
  link = '',
}: {
  path: string;
  mode: number;
  type: string;
  size?: number;
  link?: string;
}): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(link, 157);
  block.write('ustar\x0000', 257);
  block.write(
    octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  return block;
}
