import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, finish, openEngine } from '../../../src/engine/index.ts';
import { makeTar } from '../../support/images.ts';
import { hasRegistry, type Registry, startRegistry } from '../../support/registry.ts';
import { startProxy } from '../../support/registry-proxy.ts';
import { putDocument, putImage } from '../../support/registry-put.ts';
import { canMount } from '../../support/requirements.ts';

const tar = (text: string) => makeTar([{ name: `file-${text}`, content: text }]);
const HOST = process.arch === 'arm64' ? 'arm64' : 'amd64';
const FOREIGN = 's390x';

describe.skipIf(!canMount || !hasRegistry)('formats of images', () => {
  let registry: Registry;
  let root: string;
  let engine: Engine;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry.stop());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'boxtop-formats-'));
    engine = openEngine({ root });
  });
  afterEach(async () => {
    await engine.close();
    rmSync(root, { recursive: true, force: true });
  });

  const pull = async (name: string, platform?: string) =>
    (await finish(engine.images.pull(`${registry.host}/${name}`, { platform })))[0]!;
  const index = (manifests: object[], type: string) => ({ schemaVersion: 2, mediaType: type, manifests });

  it.each([
    ['an OCI index', false, 'application/vnd.oci.image.index.v1+json'],
    ['a Docker manifest list', true, 'application/vnd.docker.distribution.manifest.list.v2+json'],
  ])("%s gives this machine's image, or the one of the platform asked for", async (_, docker, type) => {
    const repository = docker ? 'list' : 'index';
    const put = async (architecture: string) => ({
      ...(await putImage(registry.host, repository, {
        architecture,
        docker,
        layers: [{ tar: tar(architecture), packed: 'gzip' }],
      })),
      platform: { os: 'linux', architecture },
    });
    const top = await putDocument(
      registry.host,
      repository,
      '1',
      index([await put(FOREIGN), await put(HOST)], type),
    );
    const own = await pull(`${repository}:1`);
    expect(own.digest).toBe(top.digest);
    expect((await engine.images.inspect(own.imageId)).Architecture).toBe(HOST);
    const foreign = await pull(`${repository}:1`, `linux/${FOREIGN}`);
    expect((await engine.images.inspect(foreign.imageId)).Architecture).toBe(FOREIGN);
    await expect(pull(`${repository}:1`, 'linux/riscv64')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no matching manifest for linux/riscv64 in the manifest list entries',
    });
  });

  it('takes gzip, zstd and plain layers, one of them twice, and sends the same blobs on', async () => {
    const layers = (['gzip', 'zstd', '', 'gzip'] as const).map((packed, i) => ({
      tar: tar(String(i % 3)),
      packed,
    }));
    const image = await putImage(registry.host, 'mixed', { architecture: HOST, layers });
    const pulled = await pull(`mixed@${image.digest}`);
    expect((await engine.images.inspect(pulled.imageId)).RootFS.Layers).toHaveLength(4);
    await engine.images.tag(pulled.imageId, `${registry.host}/mixed-again:1`);
    const [pushed] = await finish(engine.images.push(`${registry.host}/mixed-again:1`));
    expect(pushed!.digest).toBe(image.digest);
    await engine.images.remove(pulled.imageId, { force: true });
    expect((await pull('mixed-again:1')).imageId).toBe(pulled.imageId);
  });

  it('refuses a layer that is not the diffID of its config', async () => {
    const good = await putImage(registry.host, 'liar', {
      architecture: HOST,
      layers: [{ tar: tar('a'), packed: 'gzip' }],
    });
    const other = await putImage(registry.host, 'liar', {
      architecture: HOST,
      layers: [{ tar: tar('b'), packed: 'gzip' }],
    });
    const read = async (digest: string) =>
      (await (
        await fetch(`http://${registry.host}/v2/liar/manifests/${digest}`, {
          headers: { accept: good.mediaType },
        })
      ).json()) as {
        mediaType: string;
        layers: object[];
      };
    const mixed = await putDocument(registry.host, 'liar', 'x', {
      ...(await read(good.digest)),
      layers: (await read(other.digest)).layers,
    });
    await expect(pull(`liar@${mixed.digest}`)).rejects.toMatchObject({ code: 'DATA_LOSS' });
    expect(await engine.images.list()).toEqual([]);
  });

  it('downloads a layer once for two processes', async () => {
    const proxy = await startProxy(registry.host);
    try {
      const { digest } = await putImage(registry.host, 'once', {
        architecture: HOST,
        layers: [{ tar: tar('o'.repeat(50)), packed: '' }],
      });
      const script = fileURLToPath(new URL('../../support/pull-program.ts', import.meta.url));
      const run = () =>
        new Promise<number | null>((resolve) => {
          const child = spawn(process.execPath, [script, root, `${proxy.host}/once@${digest}`], {
            stdio: 'ignore',
          });
          child.on('close', resolve);
        });
      expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0]);
      // one config per process that found no image yet, but the layer once
      const blobs = proxy.passed.filter(({ url, status }) => url.includes('/blobs/') && status === 200);
      const counts = Map.groupBy(blobs, ({ url }) => url);
      expect([...counts.values()].map((calls) => calls.length).toSorted()[0]).toBe(1);
      expect(counts.size).toBe(2);
      expect(await engine.images.list()).toHaveLength(1);
    } finally {
      await proxy.stop();
    }
  });
});
