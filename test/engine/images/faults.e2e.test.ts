import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, finish, openEngine } from '../../../src/engine/index.ts';
import { importBusybox } from '../../support/images.ts';
import { hasRegistry, type Registry, startRegistry } from '../../support/registry.ts';
import { type FaultProxy, startProxy } from '../../support/registry-proxy.ts';
import { canRunContainers } from '../../support/requirements.ts';

const canRun = canRunContainers && hasRegistry;
const USERS = { alice: 'wonderland' };
const isBlob = (url = '') => url.includes('/blobs/sha256:');
const isManifest = (url = '') => url.includes('/manifests/');

describe.skipIf(!canRun)('a registry that misbehaves', () => {
  let registry: Registry;
  let proxy: FaultProxy;
  let other: FaultProxy;
  let folder: string;
  let engine: Engine;
  let name: string;
  let blobSize: number;

  beforeAll(async () => {
    registry = await startRegistry({ users: USERS });
    proxy = await startProxy(registry.host);
    other = await startProxy(registry.host);
    name = `${proxy.host}/app:1`;
    folder = mkdtempSync(join(tmpdir(), 'boxtop-faults-'));
    engine = newEngine();
    await importBusybox(engine, name);
    await finish(engine.images.push(name));
    blobSize = Number((await manifestOf(engine)).size);
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(async () => {
    await proxy.stop();
    await other.stop();
    await registry.stop();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'boxtop-faults-'));
    engine = newEngine();
    proxy.passed.length = 0;
    other.passed.length = 0;
  });
  afterEach(async () => {
    proxy.fault = undefined;
    proxy.rewrite = undefined;
    other.fault = undefined;
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
    delete process.env['DOCKER_CONFIG'];
  });

  function newEngine(): Engine {
    const auth = Buffer.from(`alice:${USERS.alice}`).toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [proxy.host]: { auth } } }));
    process.env['DOCKER_CONFIG'] = folder;
    return openEngine({ root: join(folder, 'root') });
  }

  /** The layer's descriptor as the registry has it. */
  async function manifestOf(from: Engine): Promise<{ digest: string; size: number }> {
    const { digest } = (await from.images.list())[0]!.RepoDigests.map((text) => ({
      digest: text.split('@')[1],
    }))[0]!;
    const authorization = `Basic ${Buffer.from(`alice:${USERS.alice}`).toString('base64')}`;
    const accept = 'application/vnd.docker.distribution.manifest.v2+json';
    const answer = await fetch(`http://${registry.host}/v2/app/manifests/${digest}`, {
      headers: { authorization, accept },
    });
    return ((await answer.json()) as { layers: { digest: string; size: number }[] }).layers[0]!;
  }

  const pull = () => finish(engine.images.pull(name));
  const isLayer = (url = '') => isBlob(url) && proxy.passed.filter((passed) => isBlob(passed.url)).length > 1;
  const blobsHere = () => readdirSync(join(engine.paths.content, 'blobs/sha256'));

  async function expectNothingHere(): Promise<void> {
    expect(await engine.images.list()).toEqual([]);
    await engine.images.prune();
    expect(blobsHere()).toEqual([]);
    expect(
      readdirSync(join(engine.paths.content, 'ingest')).filter((file) => file.startsWith('new-')),
    ).toEqual([]);
  }

  it('is refused when a layer has other bytes than its digest says', async () => {
    proxy.rewrite = (upstream, response, request) => {
      if (!isLayer(request.url)) return false;
      response.writeHead(200, upstream.headers);
      upstream.on('data', (chunk: Buffer) =>
        response.write(chunk.fill(chunk.length > 9 ? 7 : 8, chunk.length - 1)),
      );
      upstream.on('end', () => response.end());
      return true;
    };
    await expect(pull()).rejects.toMatchObject({ code: 'DATA_LOSS' });
    await expectNothingHere();
    proxy.rewrite = undefined;
    expect(await pull()).toHaveLength(1); // the wrong bytes are not taken up
  });

  it('is refused when a layer ends early in good order', async () => {
    proxy.rewrite = (upstream, response, request) => {
      if (!isLayer(request.url)) return false;
      upstream.destroy();
      response.writeHead(200, { 'content-length': '10' });
      response.end('0123456789');
      return true;
    };
    await expect(pull()).rejects.toMatchObject({ code: 'DATA_LOSS' });
    await expectNothingHere();
  });

  it('is refused when a layer never ends, after its size', async () => {
    proxy.rewrite = (upstream, response, request) => {
      if (!isLayer(request.url)) return false;
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      upstream.on('data', (chunk: Buffer) => response.write(chunk));
      upstream.on('end', () => endless(response));
      return true;
    };
    await expect(pull()).rejects.toMatchObject({ code: 'DATA_LOSS' });
  });

  it('is refused when a manifest never ends', async () => {
    proxy.rewrite = (upstream, response, request) => {
      if (!isManifest(request.url)) return false;
      upstream.destroy();
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' });
      endless(response);
      return true;
    };
    await expect(pull()).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(proxy.passed.at(-1)!.sentBytes).toBeLessThan(32 * 1024 * 1024);
  });

  it("is refused when the Content-Type is not the manifest's", async () => {
    proxy.rewrite = (upstream, response, request) => {
      if (!isManifest(request.url)) return false;
      response.writeHead(200, {
        ...upstream.headers,
        'content-type': 'application/vnd.oci.image.index.v1+json',
      });
      upstream.pipe(response);
      return true;
    };
    await expect(pull()).rejects.toThrow('invalid manifest');
  });

  it('is asked only for the missing bytes after a reset within a layer', async () => {
    let isCut = false;
    proxy.rewrite = (upstream, response, request) => {
      if (!isLayer(request.url) || isCut) return false;
      isCut = true;
      response.writeHead(200, upstream.headers);
      let passed = 0;
      upstream.on('data', (chunk: Buffer) => {
        passed += chunk.length;
        response.write(chunk, () => passed > blobSize / 2 && response.destroy());
        if (passed > blobSize / 2) upstream.destroy();
      });
      return true;
    };
    expect(await pull()).toHaveLength(1);
    const layers = proxy.passed.filter(({ url }) => isBlob(url)).slice(1);
    expect(layers).toHaveLength(2);
    expect(layers[1]!.range).toMatch(/^bytes=[1-9]\d*-/);
    expect(layers[1]!.sentBytes).toBe(blobSize - Number(/\d+/.exec(layers[1]!.range!)![0]));
    expect(layers[1]!.sentBytes).toBeLessThan(blobSize);
  });

  it('is asked only for the missing bytes by the next pull after a cancelled one', async () => {
    const stop = new AbortController();
    proxy.rewrite = (upstream, response, request) => {
      if (!isLayer(request.url)) return false;
      response.writeHead(200, upstream.headers);
      let passed = 0;
      upstream.on('data', (chunk: Buffer) => {
        if (passed < blobSize / 2) response.write(chunk);
        passed += chunk.length;
        if (passed > blobSize / 2) setTimeout(() => stop.abort(), 100);
      });
      return true;
    };
    await expect(finish(engine.images.pull(name, { signal: stop.signal }))).rejects.toMatchObject({
      code: 'CANCELED',
    });
    expect(await engine.images.list()).toEqual([]);
    proxy.rewrite = undefined;
    proxy.passed.length = 0;
    expect(await pull()).toHaveLength(1);
    expect(proxy.passed.findLast(({ url }) => isBlob(url))!.range).toMatch(/^bytes=[1-9]\d*-/);
  });

  it('is asked again after errors of its own, and not for ever', async () => {
    let failures = 2;
    proxy.fault = (request, response) => {
      if (!isManifest(request.url) || failures-- <= 0) return false;
      response.writeHead(503).end();
      return true;
    };
    expect(await pull()).toHaveLength(1);
    failures = 1000;
    await expect(finish(engine.images.pull(name))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(1000 - failures).toBeLessThan(10);
  });

  it('sends us to another host, which never sees the credentials', async () => {
    proxy.fault = (request, response) => {
      if (!isBlob(request.url)) return false;
      response
        .writeHead(307, {
          location: `http://localhost:${other.host.split(':')[1]}${request.url}?signature=secret`,
        })
        .end();
      return true;
    };
    // The other host serves with credentials of its own, as a storage service does by the signature.
    other.fault = (request) => {
      other.passed.at(-1)!.authorization = request.headers.authorization;
      request.headers.authorization = `Basic ${Buffer.from(`alice:${USERS.alice}`).toString('base64')}`;
      return false;
    };
    expect(await pull()).toHaveLength(1);
    expect(other.passed.length).toBeGreaterThan(1);
    expect(other.passed.map(({ authorization }) => authorization)).toEqual(other.passed.map(() => undefined));
    expect(proxy.passed.some(({ authorization }) => authorization !== undefined)).toBe(true);
  });

  it('names a token server elsewhere, which is not asked', async () => {
    proxy.fault = (request, response) => {
      response
        .writeHead(401, { 'www-authenticate': 'Bearer realm="ftp://evil.example/token",service="x"' })
        .end();
      return request.url !== undefined;
    };
    await expect(pull()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('does not get a secret into an error', async () => {
    proxy.fault = (request, response) => {
      if (!isBlob(request.url)) return false;
      response.writeHead(307, { location: `http://${other.host}/x?signature=secret` }).end();
      return true;
    };
    other.fault = (_, response) => {
      response.writeHead(400).end();
      return true;
    };
    const error = await pull().catch((reason: Error) => reason);
    expect(String(error)).toContain(`http://${other.host}/x`);
    expect(String(error)).not.toMatch(/secret|wonderland/);
  });
});

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
