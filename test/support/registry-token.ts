/** A token server for docker-registry (distribution, "Token Authentication Specification"), with a key of its own. */
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SERVICE = 'boxtop-test';
const ISSUER = 'boxtop-test-issuer';

export interface TokenServer {
  realm: string;
  service: string;
  issuer: string;
  certificateFile: string;
  /** what was asked for: scopes, and whether credentials came along */
  requests: { scopes: string[]; user: string }[];
  /** seconds; tokens issued from now on */
  lifeS: number;
  stop(): Promise<void>;
}

/** Everybody may pull repositories below 'public/'; users may do everything. */
export async function startTokenServer(users: Record<string, string>): Promise<TokenServer> {
  const folder = mkdtempSync(join(tmpdir(), 'boxtop-token-'));
  const keyFile = join(folder, 'key.pem');
  const certificateFile = join(folder, 'cert.pem');
  const subject = [
    '-subj',
    '/CN=boxtop-test',
    '-days',
    '2',
    '-nodes',
    '-keyout',
    keyFile,
    '-out',
    certificateFile,
  ];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject],
    { stdio: 'pipe' },
  );
  const state: Omit<TokenServer, 'realm' | 'stop'> = {
    service: SERVICE,
    issuer: ISSUER,
    certificateFile,
    requests: [],
    lifeS: 300,
  };
  const key = readFileSync(keyFile, 'utf8');
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const user = userOf(request, users);
    const scopes = url.searchParams.getAll('scope');
    state.requests.push({ scopes, user: user ?? '' });
    if (user === undefined) {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ details: 'incorrect username or password' }));
      return;
    }
    response.setHeader('content-type', 'application/json');
    const token = signToken(key, user, scopes, tokenServer.lifeS);
    response.end(
      JSON.stringify({ token, expires_in: tokenServer.lifeS, issued_at: new Date().toISOString() }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  const tokenServer: TokenServer = Object.assign(state, { realm, stop });
  return tokenServer;
}

/** '' = nobody; undefined = wrong credentials */
function userOf(request: IncomingMessage, users: Record<string, string>): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return '';
  const text = Buffer.from(header.replace(/^Basic /, ''), 'base64').toString();
  const colon = text.indexOf(':');
  const [name, password] = [text.slice(0, colon), text.slice(colon + 1)];
  return users[name] !== undefined && users[name] === password ? name : undefined;
}

function signToken(key: string, user: string, scopes: readonly string[], lifeS: number): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    const asked = actions.split(',');
    const allowed =
      user !== '' ? asked : asked.filter((action) => action === 'pull' && name.startsWith('public/'));
    return { type, name, actions: allowed };
  });
  const claims = {
    iss: ISSUER,
    sub: user,
    aud: SERVICE,
    exp: now + lifeS,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  };
  const header = { typ: 'JWT', alg: 'ES256', kid: keyId(key) };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode(header)}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** libtrust's key id: 240 bits of the sha256 of the public key, base32 in groups of four. */
function keyId(key: string): string {
  const der = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
  const bytes = createHash('sha256').update(der).digest().subarray(0, 30);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const text = (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
  return (text.match(/.{4}/g) ?? []).join(':');
}
