/** Requests to one repository of one registry: scheme, credentials, tokens, redirects, retries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, EngineError } from '../errors.ts';
import { basicHeader, fetchToken, type Token } from './auth.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { connectionError, describeRequest } from './connection-error.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { registryError } from './errors.ts';
import { discard, type HttpRequest, type HttpResponse, readBody, send } from './http.ts';
import type { Endpoint } from './settings.ts';

const ERROR_BODY_LIMIT_BYTES = 256 * 1024;
const MAX_REDIRECTS = 5;
const RETRIES = 4;
const BACK_OFF_MS = 250;
const RETRY_AFTER_LIMIT_MS = 30_000;
/** Docker's for the TLS handshake: a plain http server may wait for more than our hello. */
const FIRST_SCHEME_TIMEOUT_MS = 10_000;

export interface ClientOptions {
  endpoint: Endpoint;
  /** path of the repository: 'library/busybox'; '' for the registry itself */
  repository: string;
  /** config.json of Docker's client; ignored when `credentials` are given */
  dockerConfig: string;
  credentials?: Credentials;
  actions: 'pull' | 'pull,push';
  signal?: AbortSignal;
}

export interface Call {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** below /v2/, or an absolute URL the registry gave (an upload's Location) */
  path: string | URL;
  headers?: Record<string, string>;
  /** A function makes the body anew for each try. */
  body?: Uint8Array | (() => HttpRequest['body']);
  /** answers that are no error */
  expect: readonly number[];
  /** a further repository to read, for cross-repository mounts */
  from?: string;
  /** Not repeated on failure: its effect may have happened, or the caller resumes. */
  isOnce?: boolean;
}

export interface Answer extends HttpResponse {
  url: URL;
}

export interface RegistryClient {
  readonly options: ClientOptions;
  /** Throws RegistryError for an unexpected status, UNAVAILABLE for a broken connection, CANCELED. */
  call(call: Call): Promise<Answer>;
  /** A small answer with its whole body; asked for again when the connection breaks within it. Throws RESOURCE_EXHAUSTED over the limit. */
  document(call: Call, limitBytes: number): Promise<Answer & { bytes: Buffer }>;
  /** The registry's origin once it has answered. */
  origin(): Promise<URL>;
}

/** The registry's state of one client; tokens are kept per origin and scope. */
interface Session {
  options: ClientOptions;
  base?: Promise<URL>;
  challenges: Map<string, Challenge[]>;
  tokens: Map<string, Promise<Token>>;
  credentials?: Promise<Credentials | undefined>;
}

export function openClient(options: ClientOptions): RegistryClient {
  const session: Session = { options, challenges: new Map(), tokens: new Map() };
  const origin = () => {
    session.base ??= findBase(session).catch((error: unknown) => {
      delete session.base; // the next try looks again
      throw error;
    });
    return session.base;
  };
  const once = async (call: Call) => {
    const base = await origin();
    const url = call.path instanceof URL ? call.path : new URL(`/v2/${call.path}`, base);
    return follow(session, base, call, url);
  };
  return {
    options,
    origin,
    call: (call) => retrying(session, call, () => once(call)),
    document: (call, limitBytes) =>
      retrying(session, call, async () => {
        const answer = await once(call);
        if (!call.expect.includes(answer.status)) return { ...answer, bytes: Buffer.alloc(0) };
        try {
          return { ...answer, bytes: await readBody(answer, answer.url, limitBytes) };
        } catch (error) {
          throw connectionError(error, call.method, answer.url);
        }
      }),
  };
}

/** The first scheme that answers. Docker tries https first also where http is allowed. */
async function findBase(session: Session): Promise<URL> {
  const { endpoint, signal } = session.options;
  let failure: unknown;
  for (const scheme of endpoint.schemes) {
    const url = new URL(`${scheme}://${endpoint.host}/v2/`);
    try {
      const isLast = scheme === endpoint.schemes.at(-1);
      const timeoutMs = isLast ? endpoint.timeoutMs : Math.min(endpoint.timeoutMs, FIRST_SCHEME_TIMEOUT_MS);
      const { isInsecure } = endpoint;
      const response = await send({ method: 'GET', url, signal, isInsecure, timeoutMs });
      rememberChallenge(session, url, response);
      await discard(response.body);
      return url;
    } catch (error) {
      failure = connectionError(error, 'Get', url);
      if (signal?.aborted || codeOf(error) === 'ECONNREFUSED') break;
    }
  }
  throw failure;
}

/** Repeats what is safe to repeat: broken connections, 5xx and 429, with doubling pauses. Who was silent for a minute was asked enough. */
async function retrying<T extends Answer>(
  session: Session,
  call: Call,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    const isLast = call.isOnce === true || tries >= RETRIES;
    let pauseMs = BACK_OFF_MS * 2 ** tries;
    try {
      const answer = await attempt();
      if (call.expect.includes(answer.status)) return answer;
      const isTransient = answer.status >= 500 || answer.status === 429;
      if (!isTransient || isLast) throw await errorOf(call, answer);
      pauseMs = Math.max(pauseMs, retryAfterMs(answer));
      await discard(answer.body);
    } catch (error) {
      if (isLast || !isConnectionTrouble(error)) throw error;
    }
    await sleep(pauseMs, undefined, { signal: session.options.signal });
  }
}

function retryAfterMs({ headers }: Answer): number {
  const seconds = Number(headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, RETRY_AFTER_LIMIT_MS) : 0;
}

const isConnectionTrouble = (error: unknown) =>
  error instanceof EngineError && ['ECONNRESET', 'EPIPE', 'EAI_AGAIN'].includes(codeOf(error.cause) ?? '');

async function errorOf(call: Call, answer: Answer): Promise<EngineError> {
  const body =
    call.method === 'HEAD'
      ? ''
      : await readBody(answer, answer.url, ERROR_BODY_LIMIT_BYTES).then(String, () => '');
  return registryError(answer.status, body, describeRequest(call.method, answer.url));
}

/** One try: authorised, and through redirects. Credentials stay with the origin they belong to (CVE-2020-15157). */
async function follow(session: Session, base: URL, call: Call, start: URL): Promise<Answer> {
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    checkScheme(session, url);
    const isHome = url.origin === base.origin;
    const answer = isHome ? await authorized(session, call, url) : await exchange(session, call, url);
    const { location } = answer.headers;
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined;
    if (!isRedirect || (call.method !== 'GET' && call.method !== 'HEAD')) return answer;
    await discard(answer.body);
    if (!URL.canParse(location, url)) break;
    url = new URL(location, url);
  }
  throw new EngineError(
    'UNAVAILABLE',
    `${describeRequest(call.method, start)}: stopped after ${MAX_REDIRECTS} redirects`,
  );
}

/** No way from https down to http, whoever sends us there. */
function checkScheme({ options: { endpoint } }: Session, url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && endpoint.schemes.includes('http'))) return;
  throw new EngineError(
    'PERMISSION_DENIED',
    `${endpoint.host} leads to ${url.protocol}//${url.host}, which is not allowed`,
    {
      hint: `plain http is used only for registries listed in insecure-registries`,
    },
  );
}

async function authorized(session: Session, call: Call, url: URL): Promise<Answer> {
  const first = await exchange(session, call, url, await authorization(session, call, url));
  if (first.status !== 401) return first;
  // Unknown until now, or the token has ended early.
  session.tokens.delete(tokenKey(session, call, url));
  rememberChallenge(session, url, first);
  const header = await authorization(session, call, url);
  if (header === undefined) {
    await discard(first.body);
    throw new EngineError(
      'UNAUTHENTICATED',
      `${describeRequest(call.method, url)}: no basic auth credentials`,
      {
        hint: `log in first: boxtop login ${session.options.endpoint.host}`,
      },
    );
  }
  await discard(first.body);
  return exchange(session, call, url, header);
}

function rememberChallenge(session: Session, url: URL, { status, headers }: HttpResponse): void {
  const header = headers['www-authenticate'];
  if (status === 401 && header !== undefined) session.challenges.set(url.origin, parseChallenges(header));
}

/** The Authorization header for a request, as far as the registry has told what it wants. */
async function authorization(session: Session, call: Call, url: URL): Promise<string | undefined> {
  const challenges = session.challenges.get(url.origin) ?? [];
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) return (await tokenFor(session, call, url, bearer)).header;
  if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
  const credentials = await credentialsOf(session);
  return credentials === undefined || credentials.username === '' ? undefined : basicHeader(credentials);
}

function credentialsOf(session: Session): Promise<Credentials | undefined> {
  const { credentials, dockerConfig, endpoint, signal } = session.options;
  session.credentials ??=
    credentials === undefined
      ? findCredentials(dockerConfig, endpoint.host, signal)
      : Promise.resolve(credentials);
  return session.credentials;
}

async function tokenFor(session: Session, call: Call, url: URL, challenge: Challenge): Promise<Token> {
  const key = tokenKey(session, call, url);
  const known = session.tokens.get(key);
  const token = await known?.catch(() => undefined);
  if (token !== undefined && token.expiresAt > Date.now()) return token;
  const { endpoint, signal } = session.options;
  const fresh = credentialsOf(session).then((credentials) =>
    fetchToken({
      challenge,
      registry: url,
      scopes: scopesOf(session, call),
      credentials,
      isInsecure: endpoint.isInsecure,
      timeoutMs: endpoint.timeoutMs,
      signal,
    }),
  );
  // Parallel requests wait for one token.
  if (session.tokens.get(key) === known) session.tokens.set(key, fresh);
  return fresh;
}

const tokenKey = (session: Session, call: Call, url: URL) =>
  `${url.origin} ${scopesOf(session, call).join(' ')}`;

function scopesOf({ options: { repository, actions } }: Session, { from }: Call): string[] {
  const own = repository === '' ? [] : [`repository:${repository}:${actions}`];
  return from === undefined ? own : [...own, `repository:${from}:pull`];
}

async function exchange(
  session: Session,
  call: Call,
  url: URL,
  authorizationHeader?: string,
): Promise<Answer> {
  const { endpoint, signal } = session.options;
  const headers = {
    ...call.headers,
    ...(authorizationHeader === undefined ? {} : { authorization: authorizationHeader }),
  };
  const body = typeof call.body === 'function' ? call.body() : call.body;
  const isInsecure = endpoint.isInsecure && url.host === endpoint.host;
  try {
    const { method } = call;
    const { timeoutMs } = endpoint;
    return { ...(await send({ method, url, headers, body, signal, isInsecure, timeoutMs })), url };
  } catch (error) {
    throw connectionError(error, call.method, url);
  }
}
