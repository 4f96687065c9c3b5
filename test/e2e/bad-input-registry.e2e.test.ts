/** Registries that are away, lie, or refuse: one line that names the image, and nothing of it in the store. */
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addBusybox, sharedBoxtop } from '../support/boxtop.ts';
import { changesNothing, errorLine, refused } from '../support/refusal.ts';
import { sharedRegistry, startRegistry } from '../support/registry.ts';
import { startProxy } from '../support/registry-proxy.ts';
import { startTokenServer, type TokenServer } from '../support/registry-token.ts';
import { canRunContainers } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';

const USERS = { ada: 'right' };

describe.skipIf(!canRunContainers)('a registry', () => {
  const boxtop = sharedBoxtop('registry', 'empty');
  const registry = sharedRegistry();
  const proxy = shared(
    () => startProxy(registry.host),
    (it) => it.stop(),
  );
  let image: string;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    image = `${proxy.host}/team/app:1`;
    await addBusybox(boxtop, { reference: image, changes: ['CMD ["true"]'] });
    await boxtop.ok('push', image);
    await boxtop.ok('rmi', image);
  });

  afterEach(() => {
    proxy.fault = undefined;
    proxy.rewrite = undefined;
  });

  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  const pullRefused = (name: string, says: string | RegExp, exitCode = 1) =>
    changesNothing(boxtop, () => refused(boxtop, ['pull', name], { exitCode, says }));

  it('does not have the image or the tag', async () => {
    await pullRefused(
      `${registry.host}/team/app:2`,
      /manifest for .*team\/app:2 not found: manifest unknown/,
    );
    await pullRefused(`${registry.host}/no/such:1`, /no\/such.*(not found|manifest unknown|access denied)/);
  });

  it('does not exist, does not listen, or does not answer', async () => {
    await pullRefused(
      'registry.invalid/x:1',
      /registry\.invalid.*(no such host|temporary failure in name resolution)/,
    );
    await pullRefused('127.0.0.1:1/x:1', /127\.0\.0\.1:1.*connection refused/);
    await changesNothing(boxtop, () =>
      refused(boxtop, ['run', '--rm', '127.0.0.1:1/x:1'], { exitCode: 125, says: 'connection refused' }),
    );
  });

  it('closes every connection at once', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await pullRefused(`127.0.0.1:${port}/x:1`, `127.0.0.1:${port}`).finally(() => server.close());
  });

  /** Takes connections and says nothing. */
  async function startSilent() {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      socket.on('error', () => {}).resume();
      sockets.add(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
    const asked = new Promise((resolve) => server.once('connection', resolve));
    const stop = async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
    return { host, asked, stop };
  }
  const configured = (config: object) =>
    writeFileSync(join(boxtop.work, 'daemon.json'), JSON.stringify(config));

  it('is silent: pull, push and login end by the time-out of the configuration', async () => {
    const silent = await startSilent();
    configured({ 'registry-timeout': 0.3 });
    const says = `"http://${silent.host}/v2/": dial tcp ${silent.host}: i/o timeout`;
    await pullRefused(`${silent.host}/x:1`, says);
    await boxtop.ok('import', join(boxtop.work, 'busybox.tar'), `${silent.host}/x:1`);
    await refused(boxtop, ['push', `${silent.host}/x:1`], { exitCode: 1, says });
    const login = ['login', '-u', 'ada', '--password-stdin', silent.host];
    await changesNothing(boxtop, () =>
      refused(boxtop, login, { exitCode: 1, says, options: { stdin: 'secret' } }),
    );
    configured({});
    for (const verb of ['pull', 'push']) {
      const again = await startSilent();
      await boxtop.ok('tag', `${silent.host}/x:1`, `${again.host}/x:1`);
      const command = boxtop.start([verb, `${again.host}/x:1`]);
      await again.asked;
      command.kill('SIGINT');
      expect((await command.ended).exitCode).toBe(130);
      await boxtop.ok('rmi', `${again.host}/x:1`);
      await again.stop();
    }
    await boxtop.ok('rmi', `${silent.host}/x:1`);
    await silent.stop();
  });

  it('falls silent in the middle of a blob, or of a manifest', async () => {
    configured({ 'registry-timeout': 0.5 });
    for (const part of ['/blobs/', '/manifests/']) {
      proxy.rewrite = (upstream, response, { method, url }) => {
        if (method !== 'GET' || url?.includes(part) !== true) return false;
        response.writeHead(upstream.statusCode ?? 200, upstream.headers);
        upstream.once('data', (chunk: Buffer) => response.write(chunk.subarray(0, 10)));
        return true;
      };
      await pullRefused(image, /i\/o timeout/);
    }
    proxy.rewrite = undefined;
    configured({});
    await boxtop.ok('pull', image);
    await boxtop.ok('rmi', image);
  });

  it('sends another blob than the digest says', async () => {
    proxy.rewrite = blobs((_upstream, response) => {
      response.writeHead(200);
      response.end('something else');
    });
    await pullRefused(image, /sha256:[0-9a-f]{64}|digest|size/i);
  });

  it('cuts a blob short', async () => {
    proxy.rewrite = blobs((upstream, response) => {
      response.writeHead(200, upstream.headers);
      response.write('half');
      setTimeout(() => response.destroy(), 5);
    });
    await pullRefused(image, /./);
  });

  it('sends a manifest without end', async () => {
    proxy.fault = manifests((response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' });
      response.on('error', () => {});
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    await pullRefused(image, /larger than \d+ bytes/);
  });

  const documents: [string, string, object | string][] = [
    ['a web page', 'text/html', '<html>log in here</html>'],
    ['a manifest that is no JSON', 'application/vnd.oci.image.manifest.v1+json', '{'],
    ['an empty manifest', 'application/vnd.oci.image.manifest.v1+json', {}],
    [
      'a document that is image and index at once',
      'application/vnd.oci.image.manifest.v1+json',
      { schemaVersion: 2, config: descriptor(), layers: [descriptor()], manifests: [descriptor()] },
    ],
    [
      'digests that are paths',
      'application/vnd.oci.image.manifest.v1+json',
      { schemaVersion: 2, config: { ...descriptor(), digest: 'sha256:../../../etc/passwd' }, layers: [] },
    ],
  ];

  it.each(documents)('sends %s', async (_what, type, body) => {
    proxy.fault = manifests((response) => {
      response.writeHead(200, { 'content-type': type });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await pullRefused(image, /manifest|media type|content type|digest/i);
  });

  it('refuses credentials, and a shell that is no terminal is told so', async () => {
    const guarded = await startRegistry({ users: USERS });
    stops.unshift(guarded.stop);
    await loginRefused(guarded.host);
    const result = await refused(boxtop, ['pull', `${guarded.host}/x:1`], { exitCode: 1, says: /x|auth/ });
    expect(errorLine(result)).toMatch(/no basic auth credentials|unauthorized|authentication required/);
    await refused(boxtop, ['login', '-u', 'ada', guarded.host], {
      exitCode: 1,
      says: 'Cannot perform an interactive login from a non TTY device',
    });
  });

  it('refuses credentials through its token server', async () => {
    const tokens: TokenServer = await startTokenServer(USERS);
    const guarded = await startRegistry({ tokenServer: tokens });
    stops.unshift(guarded.stop, tokens.stop);
    await loginRefused(guarded.host);
    const says = /pull access denied for .*secret\/x|unauthorized|authentication required/;
    await refused(boxtop, ['pull', `${guarded.host}/secret/x:1`], { exitCode: 1, says });
  });

  /** A wrong password is never kept and never shown. */
  async function loginRefused(host: string): Promise<void> {
    const result = await refused(boxtop, ['login', '-u', 'ada', '--password-stdin', host], {
      exitCode: 1,
      says: /unauthorized/i,
      options: { stdin: 'wrong-secret' },
    });
    expect(result.stdout + result.stderr).not.toContain('wrong-secret');
    expect((await boxtop.run(['logout', host])).stdout).not.toContain('Removing');
  }

  it('is honest again: the image is pulled whole and runs', async () => {
    await boxtop.ok('pull', image);
    await boxtop.ok('run', '--rm', '--network', 'none', image, '/bin/true');
  });
});

type Answer = (upstream: IncomingMessage, response: ServerResponse) => void;

/** Replaces the registry's answers with blobs. */
function blobs(answer: Answer) {
  return (upstream: IncomingMessage, response: ServerResponse, request: IncomingMessage): boolean => {
    if (request.method !== 'GET' || !request.url?.includes('/blobs/')) return false;
    upstream.resume();
    answer(upstream, response);
    return true;
  };
}

function manifests(answer: (response: ServerResponse) => void) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!request.url?.includes('/manifests/')) return false;
    answer(response);
    return true;
  };
}

function descriptor() {
  return {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: `sha256:${'a'.repeat(64)}`,
    size: 10,
  };
}
