/** Puts hand-made images into an open registry: any media type, compression, platform. */
import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';

export interface PutDescriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function putBlob(host: string, repository: string, bytes: Uint8Array): Promise<void> {
  const started = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(started.headers.get('location')!, `http://${host}`);
  location.searchParams.set('digest', sha256(bytes));
  const done = await fetch(location, { method: 'PUT', body: Buffer.from(bytes) });
  if (done.status !== 201) throw new Error(`blob: ${done.status} ${await done.text()}`);
}

export async function putDocument(
  host: string,
  repository: string,
  tag: string,
  document: { mediaType: string; [field: string]: unknown },
): Promise<PutDescriptor> {
  const body = JSON.stringify(document);
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag === '' ? sha256(body) : tag}`, {
    method: 'PUT',
    headers: { 'content-type': document.mediaType },
    body,
  });
  if (answer.status !== 201) throw new Error(`manifest: ${answer.status} ${await answer.text()}`);
  return { mediaType: document.mediaType, digest: sha256(body), size: body.length };
}

const PACK = {
  '': (tar: Buffer) => tar,
  gzip: (tar: Buffer) => gzipSync(tar),
  zstd: (tar: Buffer) => zstdCompressSync(tar),
};

/** An image of the given layers, each packed as named; pushed by digest, its manifest's descriptor returned. */
export async function putImage(
  host: string,
  repository: string,
  image: { architecture: string; layers: { tar: Buffer; packed: keyof typeof PACK }[]; docker?: boolean },
): Promise<PutDescriptor> {
  const family = image.docker
    ? 'application/vnd.docker.image.rootfs.diff.tar'
    : 'application/vnd.oci.image.layer.v1.tar';
  const layers: PutDescriptor[] = [];
  for (const { tar, packed } of image.layers) {
    const blob = PACK[packed](tar);
    await putBlob(host, repository, blob);
    const suffix = packed === '' ? '' : `${image.docker ? '.' : '+'}${packed}`;
    layers.push({ mediaType: family + suffix, digest: sha256(blob), size: blob.length });
  }
  const diffIds = image.layers.map(({ tar }) => sha256(tar));
  const config = Buffer.from(
    JSON.stringify({
      architecture: image.architecture,
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  );
  await putBlob(host, repository, config);
  const configType = image.docker
    ? 'application/vnd.docker.container.image.v1+json'
    : 'application/vnd.oci.image.config.v1+json';
  const mediaType = image.docker
    ? 'application/vnd.docker.distribution.manifest.v2+json'
    : 'application/vnd.oci.image.manifest.v1+json';
  const document = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: configType, digest: sha256(config), size: config.length },
    layers,
  };
  return putDocument(host, repository, '', document);
}
