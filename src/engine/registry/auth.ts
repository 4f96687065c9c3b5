/** Answers to a registry's 401: basic credentials, or a token from the token server it names. */
import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { EngineError } from '../errors.ts';
import { isObject } from '../oci/descriptor.ts';
import { isInside, isLoopback } from './addresses.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { registryError } from './errors.ts';
import { discard, type HttpResponse, readBody, send } from './http.ts';

const TOKEN_LIMIT_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 5;
/** distribution's token spec: a token without `expires_in` lives 60 s. */
const DEFAULT_LIFE_S = 60;
/** Refreshed this long before it ends, so that it doesn't end under way. */
const MARGIN_MS = 10_000;

export interface Token {
  header: string;
  /** milliseconds since 1970 */
  expiresAt: number;
}

interface TokenRequest {
  challenge: Challenge;
  /** where the challenge came from */
  registry: URL;
  scopes: readonly string[];
  credentials: Credentials | undefined;
  isInsecure: boolean;
  timeoutMs: number;
  signal?: AbortSignal;
}

export const basicHeader = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Gets a bearer token (distribution, "Token Authentication Specification"). Throws UNAUTHENTICATED, PERMISSION_DENIED (realm), UNAVAILABLE. */
export async function fetchToken(request: TokenRequest): Promise<Token> {
  const realm = request.challenge.parameters['realm'] ?? '';
  if (!URL.canParse(realm))
    throw new EngineError('UNAUTHENTICATED', `${request.registry.host}: invalid token realm`);
  const startedAt = Date.now();
  const { response, url } = await ask(new URL(realm), request);
  const body = await readBody(response, url, TOKEN_LIMIT_BYTES);
  if (response.status !== 200) {
    throw registryError(response.status, body.toString('utf8'), `token server ${url.host}`);
  }
  return readToken(body, url, startedAt);
}

function readToken(body: Buffer, url: URL, startedAt: number): Token {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // not quoted: it may hold a token
  }
  const token = isObject(value) ? (value['token'] ?? value['access_token']) : undefined;
  if (!isObject(value) || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new EngineError('UNAUTHENTICATED', `token server ${url.host} sent no token`);
  }
  const lifeS =
    typeof value['expires_in'] === 'number' ? Math.max(value['expires_in'], DEFAULT_LIFE_S) : DEFAULT_LIFE_S;
  return { header: `Bearer ${token}`, expiresAt: startedAt + lifeS * 1000 - MARGIN_MS };
}

async function ask(realm: URL, request: TokenRequest): Promise<{ response: HttpResponse; url: URL }> {
  const refresh = request.credentials?.identityToken;
  let url = refresh === undefined ? withQuery(realm, request) : realm;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    await checkRealm(url, request.registry);
    const isHome = url.origin === realm.origin;
    const response = await sendTokenRequest(url, request, isHome);
    const { location } = response.headers;
    if (response.status < 300 || response.status >= 400 || location === undefined) return { response, url };
    await discard(response.body);
    if (!URL.canParse(location, url)) break;
    url = new URL(location, url);
    // A refresh token is posted; it goes nowhere but to its own server.
    if (refresh !== undefined) break;
  }
  throw new EngineError('UNAUTHENTICATED', `token server ${realm.host}: refused redirect`);
}

function withQuery(realm: URL, { challenge, scopes, credentials }: TokenRequest): URL {
  const url = new URL(realm);
  const { service } = challenge.parameters;
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credentials !== undefined) url.searchParams.set('account', credentials.username);
  return url;
}

function sendTokenRequest(url: URL, request: TokenRequest, isHome: boolean): Promise<HttpResponse> {
  const { credentials, isInsecure, timeoutMs, signal, registry } = request;
  const common = {
    url,
    signal,
    timeoutMs,
    isInsecure: isInsecure && url.hostname === registry.hostname,
    lookup: guardedLookup(url, registry),
  };
  if (credentials?.identityToken === undefined) {
    const headers: Record<string, string> =
      credentials !== undefined && isHome ? { authorization: basicHeader(credentials) } : {};
    return send({ ...common, method: 'GET', headers });
  }
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service: request.challenge.parameters['service'] ?? '',
    client_id: 'boxtop',
    scope: request.scopes.join(' '),
    refresh_token: credentials.identityToken,
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send({ ...common, method: 'POST', headers, body: Buffer.from(form.toString()) });
}

/** The realm is the registry's word: https unless the registry is plain http, and nothing inside unless the registry is inside. */
async function checkRealm(url: URL, registry: URL): Promise<void> {
  const isHttpAllowed = registry.protocol === 'http:';
  const schemes = isHttpAllowed ? ['https:', 'http:'] : ['https:'];
  const isRefused =
    !schemes.includes(url.protocol) ||
    url.username !== '' ||
    (isNamedInside(url) && !(await isRegistryInside(registry)));
  if (!isRefused) return;
  throw new EngineError(
    'PERMISSION_DENIED',
    `${registry.host} names a token server that is not allowed: ${url.protocol}//${url.host}`,
    {
      hint: 'the registry may be hostile; credentials were not sent',
    },
  );
}

const isNamedInside = (url: URL) => isLoopback(url.hostname) || isInside(url.hostname);

async function isRegistryInside(registry: URL): Promise<boolean> {
  if (isNamedInside(registry)) return true;
  if (isIP(registry.hostname) !== 0) return false;
  return new Promise((resolve) => {
    dnsLookup(registry.hostname, (error, address) => resolve(error === null && isInside(address)));
  });
}

/** Refuses names that resolve to an inside address, at the moment of use. The registry's own name is not checked. */
function guardedLookup(url: URL, registry: URL): LookupFunction | undefined {
  if (url.hostname === registry.hostname || isNamedInside(registry)) return undefined;
  return (name, options, callback) => {
    dnsLookup(name, { ...options, all: true }, async (error, addresses) => {
      const isBad =
        error === null &&
        addresses.some(({ address }) => isInside(address)) &&
        !(await isRegistryInside(registry));
      const refused = isBad
        ? Object.assign(new Error(`${name}: address not allowed for a token server`), { code: 'EACCES' })
        : error;
      if (refused !== null) return callback(refused, []);
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
}
