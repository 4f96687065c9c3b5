/** One HTTP exchange over node:http or node:https: time-outs, bounded bodies, nothing followed, nothing retried. */
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../errors.ts';

/** Until the answer's headers are here, and between two pieces of a body we are waiting for. */
const SILENCE_MS = 60_000;

/** Reading this much is cheaper than a new connection. */
const DISCARD_LIMIT_BYTES = 64 * 1024;
const DISCARD_TIMEOUT_MS = 2000;

/** Big enough that one wake-up of a fast connection brings a useful piece. */
const SOCKET_CHUNK_BYTES = 256 * 1024;

const options = { keepAlive: true, maxSockets: 16, scheduling: 'lifo' as const };
const agents = { http: new http.Agent(options), https: new https.Agent(options) };

export interface HttpRequest {
  method: string;
  url: URL;
  headers?: Record<string, string>;
  body?: Uint8Array | Readable;
  signal?: AbortSignal;
  /** https without checking the certificate */
  isInsecure?: boolean;
  /** how long the server may be silent; a minute unless said */
  timeoutMs?: number;
  /** Resolves names instead of the system's look-up. */
  lookup?: LookupFunction;
}

export interface HttpResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: http.IncomingMessage;
  timeoutMs: number;
}

/** Sends one request; the caller reads or discards the body. Rejects with the system's error, ETIMEDOUT or AbortError. */
export function send(request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const { timeoutMs = SILENCE_MS } = request;
    const isTls = request.url.protocol === 'https:';
    const outgoing = (isTls ? https : http).request(request.url, {
      method: request.method,
      headers: { 'user-agent': 'boxtop', ...request.headers },
      agent: isTls ? agents.https : agents.http,
      signal: request.signal,
      highWaterMark: SOCKET_CHUNK_BYTES,
      ...(request.lookup === undefined ? {} : { lookup: request.lookup }),
      // always said: else NODE_TLS_REJECT_UNAUTHORIZED of the environment would decide
      ...(isTls ? { rejectUnauthorized: request.isInsecure !== true } : {}),
    } as https.RequestOptions);
    const isStream = request.body !== undefined && !(request.body instanceof Uint8Array);
    // An upload may take long before it is answered; its socket still must not fall silent.
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(timeout(request.url)));
    outgoing.on('error', reject);
    outgoing.on('response', (body) => {
      outgoing.setTimeout(0);
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body, timeoutMs });
    });
    if (isStream) pipeline(request.body as Readable, outgoing).catch(reject);
    else outgoing.end(request.body);
  });
}

const timeout = (url: URL) => Object.assign(new Error(`${url.host}: time-out`), { code: 'ETIMEDOUT' });

/** The pieces of a body; fails with ETIMEDOUT when none comes for too long. Time the reader takes does not count. */
export async function* bodyChunks(
  { body, timeoutMs }: HttpResponse,
  url: URL,
): AsyncGenerator<Buffer, void, void> {
  let stalled: NodeJS.Timeout | undefined;
  const wait = () => {
    stalled = setTimeout(() => body.destroy(timeout(url)), timeoutMs);
  };
  try {
    wait();
    for await (const chunk of body) {
      clearTimeout(stalled);
      yield chunk as Buffer;
      wait();
    }
    // A cut connection ends the stream with an error in Node, except when a proxy closed it in good order.
    if (!body.complete)
      throw Object.assign(new Error(`${url.host}: connection closed`), { code: 'ECONNRESET' });
  } finally {
    clearTimeout(stalled);
    body.destroy();
  }
}

/** Reads a whole small body. Throws RESOURCE_EXHAUSTED when it is longer than `limitBytes`, however much was announced. */
export async function readBody(response: HttpResponse, url: URL, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyChunks(response, url)) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new EngineError(
        'RESOURCE_EXHAUSTED',
        `${url.host} sent a document larger than ${limitBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Drops a body so that its connection can be used again; a long one is cut. */
export async function discard(body: http.IncomingMessage): Promise<void> {
  let left = DISCARD_LIMIT_BYTES;
  const cut = setTimeout(() => body.destroy(), DISCARD_TIMEOUT_MS);
  try {
    for await (const chunk of body) {
      left -= (chunk as Buffer).length;
      if (left < 0) break;
    }
  } catch {
    // only the connection is lost
  } finally {
    clearTimeout(cut);
  }
}
