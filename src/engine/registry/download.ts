/** Downloads a public file (ADD of a URL, an http context, import): redirects followed, nothing secret sent. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../errors.ts';
import { bodyChunks, discard, type HttpResponse, send } from './http.ts';

const MAX_REDIRECTS = 10;

export interface Download {
  /** hex sha256 of what arrived */
  sha256: string;
  sizeBytes: number;
  /** seconds since 1970 from Last-Modified; undefined when the server doesn't say */
  modifiedAt?: number;
  contentType: string;
}

export interface DownloadOptions {
  signal?: AbortSignal;
  onProgress?: (current: number, total: number | undefined) => void;
}

/** Writes the body of `url` to `file`. Throws INVALID_ARGUMENT, NOT_FOUND, UNAVAILABLE, CANCELED; the file is gone then. */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<Download> {
  const { headers, body } = await request(url, options.signal);
  const total = Number(headers['content-length']) || undefined;
  const modified = Date.parse(headers['last-modified'] ?? '');
  const hash = createHash('sha256');
  let sizeBytes = 0;
  body.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    sizeBytes += chunk.length;
    options.onProgress?.(sizeBytes, total);
  });
  try {
    await pipeline(body, createWriteStream(file, { mode: 0o600 }), { signal: options.signal });
  } catch (cause) {
    await rm(file, { force: true });
    throw unreachable(url, cause, options.signal);
  }
  return {
    sha256: hash.digest('hex'),
    sizeBytes,
    contentType: headers['content-type'] ?? '',
    ...(Number.isNaN(modified) ? {} : { modifiedAt: modified / 1000 }),
  };
}

/** The body of `url` as it arrives; a stall of a minute is an error. Throws as `download`. */
export async function* downloadStream(url: string, signal?: AbortSignal): AsyncGenerator<Buffer, void, void> {
  const response = await request(url, signal);
  try {
    yield* bodyChunks(response, parseUrl(url));
  } catch (cause) {
    throw unreachable(url, cause, signal);
  }
}

/** Follows redirects to an answer of 200. */
async function request(url: string, signal: AbortSignal | undefined): Promise<HttpResponse> {
  let at = parseUrl(url);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await send({ method: 'GET', url: at, signal }).catch((cause: unknown) => {
      throw unreachable(url, cause, signal);
    });
    const { status, headers, body } = response;
    if (status === 200) return response;
    await discard(body);
    if (status < 300 || status >= 400 || headers.location === undefined) {
      throw new EngineError(
        status === 404 ? 'NOT_FOUND' : 'UNAVAILABLE',
        `invalid response status ${status} for ${url}`,
      );
    }
    at = parseUrl(new URL(headers.location, at).href);
  }
  throw new EngineError('UNAVAILABLE', `${url}: too many redirects`);
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new EngineError('INVALID_ARGUMENT', `${text}: not an http or https URL`);
  }
  return url;
}

function unreachable(url: string, cause: unknown, signal?: AbortSignal): EngineError {
  if (signal?.aborted) return new EngineError('CANCELED', `download ${url}: canceled`, { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EngineError('UNAVAILABLE', `download ${url}: ${why}`, {
    cause,
    hint: 'is the server reachable from here?',
  });
}
