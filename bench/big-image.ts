/** Makes an image of a given size from files of this machine and puts it into a registry on loopback, layer by layer. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';

const LAYERS = 4;
const SOURCES = ['/usr/share', '/usr/lib/x86_64-linux-gnu', '/usr/bin', '/usr/include', '/usr/lib'];

export interface BigImage {
  reference: string;
  bytes: number;
  files: number;
  stop(): Promise<void>;
}

/** An image of about `goalBytes` in four gzip layers, served by docker-registry. */
export async function serveBigImage(folder: string, goalBytes: number): Promise<BigImage> {
  mkdirSync(folder, { recursive: true });
  const registry = await startRegistry(folder);
  const { groups, bytes, files } = chooseFiles(goalBytes);
  const layers = [];
  for (const [index, group] of groups.entries())
    layers.push(await makeLayer(join(folder, `layer${index}`), group));
  for (const layer of layers) await upload(registry.url, layer.file, layer.digest, layer.size);
  const config = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: ['true'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const configFile = join(folder, 'config');
  writeFileSync(configFile, config);
  const digest = sha256(config);
  await upload(registry.url, configFile, digest, config.length);
  await putManifest(registry.url, layers, { digest, size: config.length });
  return { reference: `${registry.host}/big:1`, bytes, files, stop: registry.stop };
}

function chooseFiles(goalBytes: number): { groups: string[][]; bytes: number; files: number } {
  const groups: string[][] = Array.from({ length: LAYERS }, () => []);
  let bytes = 0;
  let files = 0;
  for (const source of SOURCES) {
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      if (bytes >= goalBytes) return { groups, bytes, files };
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const { size } = lstatSync(path);
      groups[Math.min(LAYERS - 1, Math.floor((bytes / goalBytes) * LAYERS))]!.push(path);
      bytes += size;
      files += 1;
    }
  }
  return { groups, bytes, files };
}

async function makeLayer(
  base: string,
  paths: string[],
): Promise<{ file: string; digest: string; diffId: string; size: number }> {
  const list = `${base}.list`;
  const file = `${base}.tar.gz`;
  writeFileSync(list, paths.map((path) => path.slice(1)).join('\0'));
  const tar = spawn('tar', ['-C', '/', '--no-recursion', '--null', '-T', list, '-cf', '-'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const plain = createHash('sha256');
  tar.stdout.on('data', (chunk: Buffer) => plain.update(chunk));
  await pipeline(tar.stdout, createGzip({ level: 6 }), createWriteStream(file));
  const packed = createHash('sha256');
  for await (const chunk of createReadStream(file)) packed.update(chunk as Buffer);
  const { size } = statSync(file);
  return { file, digest: `sha256:${packed.digest('hex')}`, diffId: `sha256:${plain.digest('hex')}`, size };
}

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

async function upload(url: string, file: string, digest: string, size: number): Promise<void> {
  const begin = await fetch(`${url}/v2/big/blobs/uploads/`, { method: 'POST' });
  const location = new URL(begin.headers.get('location')!, url);
  location.searchParams.set('digest', digest);
  const body = streamOf(file);
  const put = await fetch(location, {
    method: 'PUT',
    body,
    duplex: 'half',
    headers: { 'content-length': String(size) },
  } as RequestInit);
  if (put.status !== 201) throw new Error(`upload ${file}: ${put.status} ${await put.text()}`);
}

function streamOf(file: string): ReadableStream {
  return ReadableStream.from(createReadStream(file)) as ReadableStream;
}

async function putManifest(
  url: string,
  layers: { digest: string; size: number }[],
  config: { digest: string; size: number },
): Promise<void> {
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
    layers: layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
      digest,
      size,
    })),
  };
  const put = await fetch(`${url}/v2/big/manifests/1`, {
    method: 'PUT',
    body: JSON.stringify(manifest),
    headers: { 'content-type': mediaType },
  });
  if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`);
}

async function startRegistry(folder: string): Promise<{ url: string; host: string; stop(): Promise<void> }> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const config = join(folder, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/registry}}\nhttp: {addr: "${host}"}\n`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (let tries = 0; tries < 100; tries += 1) {
    if (
      await fetch(`http://${host}/v2/`).then(
        () => true,
        () => false,
      )
    )
      break;
    await sleep(50);
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await new Promise((done) => child.once('exit', done));
  };
  return { url: `http://${host}`, host, stop };
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
