/** Whom a registry client trusts: certificates, configured exceptions, and the file that keeps its passwords. */
import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient } from '../../src/engine/registry/client.ts';
import { findCredentials, storeCredentials } from '../../src/engine/registry/credentials.ts';
import { endpointsOf } from '../../src/engine/registry/settings.ts';

let folder: string;
let server: Server;
let host: string;
const seen: (string | undefined)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=registry.test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1',
  ];
  execFileSync('openssl', [...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** As for a registry elsewhere: this one's address alone would make it an exception. */
function ping(isInsecure: boolean) {
  const endpoint = { host, schemes: ['https' as const], isInsecure, isMirror: false, timeoutMs: 10_000 };
  const credentials = { username: 'u', password: 'p4ssw0rd' };
  const options = { endpoint, repository: '', dockerConfig: join(folder, 'none.json'), credentials };
  const client = openClient({ ...options, actions: 'pull' });
  return client.call({ method: 'GET', path: '', expect: [200], isOnce: true });
}

describe('a registry with a certificate of its own making', () => {
  it('is refused before it sees a request, and the error holds no password', async () => {
    const error = await ping(false).then(
      () => undefined,
      (cause: Error) => cause,
    );
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/self-signed certificate/),
    });
    expect(`${error?.message} ${error?.stack}`).not.toContain('p4ssw0rd');
    expect(seen).toEqual([]);
  });

  it('is refused also when the environment switches verification off', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(ping(false)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  it('is used when it stands in insecure-registries', async () => {
    expect((await ping(true)).status).toBe(200);
  });

  it('is refused again after that: no connection is shared between the two', async () => {
    await expect(ping(false)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is an exception only by its own name, port or range', () => {
    const settings = { mirrors: [], insecure: ['registry.test:5000', '10.1.0.0/16'], timeoutMs: 1000 };
    const isInsecure = (name: string) => endpointsOf(name, settings)[0]!.isInsecure;
    expect(['registry.test:5000', '10.1.2.3:5000', '10.1.2.3'].map(isInsecure)).toEqual([true, true, true]);
    expect(
      [
        'registry.test',
        'registry.test:5001',
        'sub.registry.test:5000',
        '10.2.0.1',
        'localhost.evil.test',
      ].map(isInsecure),
    ).toEqual([false, false, false, false, false]);
  });
});

describe('config.json', () => {
  const file = () => join(folder, 'docker', 'config.json');

  it('is written whole, readable by its owner alone, and nothing else stays', async () => {
    const before = process.umask(0);
    try {
      await storeCredentials(file(), 'registry.test', { username: 'u', password: 'p4ssw0rd' });
    } finally {
      process.umask(before);
    }
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'docker')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'docker'))).toEqual(['config.json']);
    expect(await findCredentials(file(), 'registry.test')).toEqual({ username: 'u', password: 'p4ssw0rd' });
  });

  it('is not written through a link that lies where it is prepared', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'kept', { mode: 0o644 });
    symlinkSync(victim, `${file()}.${process.pid}`);
    await storeCredentials(file(), 'other.test', { username: 'u', password: 'p4ssw0rd' });
    expect(readFileSync(victim, 'utf8')).toBe('kept');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('is not quoted when it is damaged', async () => {
    const damaged = join(folder, 'damaged.json');
    writeFileSync(damaged, '{"auths": {"x": {"auth": "c2VjcmV0"}}');
    await expect(findCredentials(damaged, 'x')).rejects.toThrow(/^(?!.*c2VjcmV0)/);
  });
});
