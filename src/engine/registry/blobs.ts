/** Reading blobs: streamed, taken up by Range where a connection broke (distribution-spec, "Pulling blobs"). */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Answer, Call, RegistryClient } from './client.ts';
import { bodyChunks, readBody } from './http.ts';

/** Tries without a single new byte. */
const MAX_BARREN_TRIES = 5;
const BACK_OFF_MS = 250;

const blobPath = (client: RegistryClient, digest: string) => `${client.options.repository}/blobs/${digest}`;

/**
 * The bytes of a blob from `offset` on, never more than its size. Broken connections are taken up where they broke.
 * Throws DATA_LOSS when the registry sends more or less than the descriptor says. The digest is the reader's to check.
 */
export async function* blobChunks(
  client: RegistryClient,
  blob: Descriptor,
  offset = 0,
): AsyncGenerator<Buffer, void, void> {
  let position = offset;
  for (let barren = 0; position < blob.size || blob.size === 0; ) {
    const before = position;
    try {
      for await (const chunk of openAt(client, blob, position)) {
        position += chunk.length;
        if (position > blob.size) throw wrongSize(blob, 'more');
        yield chunk;
      }
      if (position < blob.size) throw wrongSize(blob, 'fewer');
      return;
    } catch (error) {
      barren = position > before ? 0 : barren + (isSilence(error) ? MAX_BARREN_TRIES : 1);
      if (!isBroken(error) || barren >= MAX_BARREN_TRIES) throw readable(error, blob);
      await sleep(BACK_OFF_MS * 2 ** barren, undefined, { signal: client.options.signal });
    }
  }
}

const wrongSize = (blob: Descriptor, which: string) =>
  new EngineError(
    'DATA_LOSS',
    `blob ${blob.digest}: the registry sent ${which} bytes than the ${blob.size} of its descriptor`,
  );

const isBroken = (error: unknown) =>
  ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'].includes(codeOf(error) ?? '');

const isSilence = (error: unknown) => codeOf(error) === 'ETIMEDOUT';

function readable(error: unknown, blob: Descriptor): unknown {
  if (!isBroken(error)) return error;
  if (isSilence(error))
    return new EngineError('UNAVAILABLE', `blob ${blob.digest}: the registry stopped sending: i/o timeout`, {
      cause: error,
      hint: 'pull again: what arrived is kept and taken up',
    });
  return new EngineError('UNAVAILABLE', `blob ${blob.digest}: the connection broke too often`, {
    cause: error,
    hint: 'pull again: what arrived is kept and taken up',
  });
}

async function* openAt(
  client: RegistryClient,
  blob: Descriptor,
  offset: number,
): AsyncGenerator<Buffer, void, void> {
  const headers: Record<string, string> = {
    accept: '*/*',
    ...(offset > 0 ? { range: `bytes=${offset}-${blob.size - 1}` } : {}),
  };
  const answer = await client.call({
    method: 'GET',
    path: blobPath(client, blob.digest),
    headers,
    expect: [200, 206],
  });
  // A server without ranges begins anew: what we have is skipped.
  let skip = answer.status === 206 ? checkedRange(answer, blob, offset) : offset;
  for await (const chunk of bodyChunks(answer, answer.url)) {
    if (skip >= chunk.length) {
      skip -= chunk.length;
      continue;
    }
    yield skip === 0 ? chunk : chunk.subarray(skip);
    skip = 0;
  }
}

function checkedRange({ headers }: Answer, blob: Descriptor, offset: number): 0 {
  const start = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
  if (Number(start ?? Number.NaN) === offset) return 0;
  throw new EngineError(
    'DATA_LOSS',
    `blob ${blob.digest}: the registry sent another range than was asked for`,
  );
}

/** A small blob (a config) in one piece; at most `limitBytes`. */
export async function fetchBlob(
  client: RegistryClient,
  blob: Descriptor,
  limitBytes: number,
): Promise<Buffer> {
  const call: Call = { method: 'GET', path: blobPath(client, blob.digest), expect: [200] };
  return (await client.document(call, Math.min(blob.size, limitBytes))).bytes;
}

/** Does the repository have the blob? */
export async function hasBlob(client: RegistryClient, digest: string): Promise<boolean> {
  const answer = await client.call({ method: 'HEAD', path: blobPath(client, digest), expect: [200, 404] });
  await readBody(answer, answer.url, 0);
  return answer.status === 200;
}
