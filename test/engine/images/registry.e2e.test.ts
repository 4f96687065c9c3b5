import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, finish, openEngine, type Progress } from '../../../src/engine/index.ts';
import { importBusybox } from '../../support/images.ts';
import { freePort, hasRegistry, type Registry, startRegistry } from '../../support/registry.ts';
import { startProxy } from '../../support/registry-proxy.ts';
import { startTokenServer, type TokenServer } from '../../support/registry-token.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { until } from '../../support/store.ts';

const canRun = canRunContainers && hasRegistry;
const USERS = { alice: 'wonder:land' };

let folder: string;
const engines: Engine[] = [];

/** An engine with a store and a configuration of its own. */
function newEngine(settings: object = {}): Engine {
  const root = mkdtempSync(join(folder, 'root-'));
  writeFileSync(join(root, 'daemon.json'), JSON.stringify(settings));
  process.env['BOXTOP_CONFIG'] = join(root, 'daemon.json');
  process.env['DOCKER_CONFIG'] = join(root, 'docker');
  const engine = openEngine({ root });
  engines.push(engine);
  return engine;
}

async function lines<T>(
  job: AsyncGenerator<Progress, T, void>,
  shown: string[] = [],
): Promise<{ lines: string[]; result: T }> {
  const result = await finish(job, ({ id, status }) =>
    shown.push(id === undefined ? status : `${id}: ${status}`),
  );
  return { lines: shown, result };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boxtop-images-'));
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  rmSync(folder, { recursive: true, force: true });
  delete process.env['BOXTOP_CONFIG'];
  delete process.env['DOCKER_CONFIG'];
});

describe.skipIf(!canRun)('an open registry', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry.stop());

  it("takes a push, and another store pulls the same image, with Docker's words", async () => {
    const [one, two] = [newEngine(), newEngine()];
    const name = `${registry.host}/team/app:1`;
    const id = await importBusybox(one, name);
    const pushed = await lines(one.images.push(name));
    const layer = pushed.lines[1]!.slice(0, 12);
    expect(pushed.lines.filter((line) => !line.endsWith('Pushing'))).toEqual([
      `The push refers to repository [${registry.host}/team/app]`,
      `${layer}: Preparing`,
      `${layer}: Pushed`,
      `1: digest: ${pushed.result[0]!.digest} size: ${pushed.result[0]!.size}`,
    ]);
    // the registry answers before the file's end is read: that must not be told afterwards
    expect(pushed.lines.lastIndexOf(`${layer}: Pushing`)).toBeLessThan(
      pushed.lines.indexOf(`${layer}: Pushed`),
    );
    const pulled = await lines(two.images.pull(name));
    const blob = pulled.lines[1]!.slice(0, 12);
    expect(pulled.lines.filter((line) => !line.endsWith('Downloading'))).toEqual([
      '1: Pulling from team/app',
      `${blob}: Pulling fs layer`,
      `${blob}: Verifying Checksum`,
      `${blob}: Download complete`,
      `${blob}: Extracting`,
      `${blob}: Pull complete`,
      `Digest: ${pushed.result[0]!.digest}`,
      `Status: Downloaded newer image for ${name}`,
    ]);
    expect(pulled.result).toEqual([
      { digest: pushed.result[0]!.digest, imageId: id, isNewer: true, reference: name },
    ]);
    const again = await lines(two.images.pull(name));
    expect(again.lines.at(-1)).toBe(`Status: Image is up to date for ${name}`);
    expect(await two.images.inspect(name)).toMatchObject({
      Id: id,
      RepoTags: [name],
      RepoDigests: [`${registry.host}/team/app@${pushed.result[0]!.digest}`],
    });
  });

  it('is sent the identical manifest when a pulled image is pushed on, and mounts or skips the layers', async () => {
    const [one, two] = [newEngine(), newEngine()];
    const name = `${registry.host}/same/app:1`;
    await importBusybox(one, name, { extra: [{ name: 'unique', content: 'same' }] });
    const [first] = await finish(one.images.push(name));
    const second = await lines(one.images.push(name));
    expect(second.lines[2]).toMatch(/: Layer already exists$/);
    await finish(two.images.pull(name));
    await two.images.tag(name, `${registry.host}/other/app:2`);
    const moved = await lines(two.images.push(`${registry.host}/other/app:2`));
    expect(moved.lines[2]).toMatch(/: Mounted from same\/app$/);
    expect(moved.result[0]!.digest).toBe(first!.digest);
  });

  it('gives all tags, a digest, and says what it does not have', async () => {
    const [one, two] = [newEngine(), newEngine()];
    const name = `${registry.host}/many/app`;
    await importBusybox(one, `${name}:a`);
    await importBusybox(one, `${name}:b`, { changes: ['CMD ["b"]'] });
    const results = await finish(one.images.push(name, { allTags: true }));
    const all = await lines(two.images.pull(name, { allTags: true }));
    expect(all.result.map(({ reference }) => reference).toSorted()).toEqual([`${name}:a`, `${name}:b`]);
    expect(all.lines.at(-1)).toBe(`Status: Downloaded newer image for ${name}`);
    expect(all.lines.filter((line) => line.endsWith('Already exists'))).toHaveLength(1);
    const three = newEngine();
    await finish(three.images.pull(`${name}@${results[0]!.digest}`));
    expect(await three.images.list()).toMatchObject([
      { RepoTags: [], RepoDigests: [`${name}@${results[0]!.digest}`] },
    ]);
    await expect(finish(three.images.pull(`${name}:none`))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `manifest for ${name}:none not found: manifest unknown: manifest unknown`,
    });
    await expect(finish(three.images.push('nothing/here'))).rejects.toThrow(
      'An image does not exist locally with the tag: nothing/here',
    );
  });

  it('serves as a mirror of Docker Hub; a dead mirror before it is passed by', async () => {
    const one = newEngine();
    await importBusybox(one, `${registry.host}/library/tool:latest`);
    await finish(one.images.push(`${registry.host}/library/tool`));
    const two = newEngine({
      'registry-mirrors': [`http://127.0.0.1:${await freePort()}`, `http://${registry.host}`],
    });
    const { result } = await lines(two.images.pull('tool'));
    expect(result[0]!.reference).toBe('docker.io/library/tool:latest');
    expect((await two.images.list())[0]!.RepoTags).toEqual(['tool:latest']);
  });

  it('refuses another platform than was asked for', async () => {
    const [one, two] = [newEngine(), newEngine()];
    const name = `${registry.host}/platform:1`;
    await importBusybox(one, name);
    await finish(one.images.push(name));
    await expect(finish(two.images.pull(name, { platform: 'linux/s390x' }))).rejects.toThrow(
      'does not match the specified platform',
    );
    expect(await two.images.list()).toEqual([]);
  });

  it('says plainly when nobody listens', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    await expect(finish(newEngine().images.pull(`${host}/x`))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `Get "https://${host}/v2/": dial tcp ${host}: connect: connection refused`,
    });
  });

  /** Digest of an image's only layer, as the registry has it. */
  const layerOf = async (repository: string, tag: string) => {
    const headers = { accept: 'application/vnd.docker.distribution.manifest.v2+json' };
    const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${tag}`, { headers });
    return ((await answer.json()) as { layers: { digest: string }[] }).layers[0]!.digest;
  };

  it('shares one download between two pulls of one layer', async () => {
    const [one, two] = [newEngine(), newEngine()];
    const name = `${registry.host}/shared:1`;
    await importBusybox(one, name, { extra: [{ name: 'unique', content: 'shared' }] });
    await finish(one.images.push(name));
    const layer = await layerOf('shared', '1');
    const proxy = await startProxy(registry.host);
    const shown: string[][] = [[], []];
    const count = (wanted: string) =>
      shown.map((told) => told.filter((line) => line.endsWith(wanted)).length);
    // neither gets it before both want it
    proxy.fault = async ({ url = '' }) => {
      if (url.endsWith(layer)) await until(() => !count('Pulling fs layer').includes(0));
      return false;
    };
    try {
      const again = `${proxy.host}/shared:1`;
      await Promise.all(shown.map((told) => lines(two.images.pull(again), told)));
    } finally {
      await proxy.stop();
    }
    expect(count('Verifying Checksum').toSorted()).toEqual([0, 1]);
    expect(count('Pull complete')).toEqual([1, 1]);
  });
});

describe.skipIf(!canRun)('a registry with passwords', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry({ users: USERS });
  });
  afterAll(() => registry.stop());

  it('is used after a login, which it forgets with logout', async () => {
    const engine = newEngine();
    const name = `${registry.host}/private/app:1`;
    await importBusybox(engine, name);
    await expect(finish(engine.images.push(name))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('no basic auth credentials'),
    });
    const login = (password: string) =>
      engine.images.login({ server: registry.host, username: 'alice', password });
    await expect(login('wrong-secret')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.not.stringContaining('wrong-secret'),
    });
    expect(await login(USERS.alice)).toEqual({ status: 'Login Succeeded' });
    const file = engine.paths.dockerConfig;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      auths: { [registry.host]: { auth: Buffer.from(`alice:${USERS.alice}`).toString('base64') } },
    });
    await finish(engine.images.push(name));
    expect(await finish(engine.images.pull(name))).toHaveLength(1);
    expect(await engine.images.logout(registry.host)).toEqual({ removed: true });
    expect(await engine.images.logout(registry.host)).toEqual({ removed: false });
    await expect(finish(engine.images.pull(name))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is used with credentials of a helper program', async () => {
    const engine = newEngine();
    const helper = join(folder, 'docker-credential-boxtest');
    const store = join(folder, 'secret.json');
    const script = `#!/bin/sh\ncase $1 in store) cat > ${store};; get) cat ${store} 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; };; erase) rm ${store};; esac\n`;
    writeFileSync(helper, script, { mode: 0o755 });
    mkdirSync(join(engine.paths.dockerConfig, '..'), { recursive: true });
    writeFileSync(engine.paths.dockerConfig, JSON.stringify({ credsStore: 'boxtest' }));
    const path = process.env['PATH'];
    process.env['PATH'] = `${folder}:${path}`;
    try {
      await engine.images.login({ server: registry.host, username: 'alice', password: USERS.alice });
      expect(readFileSync(engine.paths.dockerConfig, 'utf8')).not.toContain('auths');
      await importBusybox(engine, `${registry.host}/helped:1`);
      await finish(engine.images.push(`${registry.host}/helped:1`));
      expect(await engine.images.logout(registry.host)).toEqual({ removed: true });
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe.skipIf(!canRun)('a registry behind a token server', () => {
  let registry: Registry;
  let tokens: TokenServer;
  beforeAll(async () => {
    tokens = await startTokenServer(USERS);
    registry = await startRegistry({ tokenServer: tokens });
  });
  afterAll(async () => {
    await registry.stop();
    await tokens.stop();
  });

  it('gives public images to anybody and private ones to its users', async () => {
    const engine = newEngine();
    await engine.images.login({ server: registry.host, username: 'alice', password: USERS.alice });
    for (const repository of ['public/app', 'private/app']) {
      await importBusybox(engine, `${registry.host}/${repository}:1`);
      await finish(engine.images.push(`${registry.host}/${repository}:1`));
    }
    const stranger = newEngine();
    expect(await finish(stranger.images.pull(`${registry.host}/public/app:1`))).toHaveLength(1);
    await expect(finish(stranger.images.pull(`${registry.host}/private/app:1`))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const wrong = stranger.images.login({ server: registry.host, username: 'alice', password: 'no' });
    await expect(wrong).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is asked for one token per repository, and for the scope of the work only', async () => {
    const engine = newEngine();
    tokens.requests.length = 0;
    await finish(engine.images.pull(`${registry.host}/public/app:1`));
    expect(tokens.requests).toEqual([{ scopes: ['repository:public/app:pull'], user: '' }]);
  });
});
