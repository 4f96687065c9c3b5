/** Writing blobs: cross-repository mount and upload (distribution-spec, "Pushing blobs"). */
import type { Readable } from 'node:stream';
import { codeOf, EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Answer, RegistryClient } from './client.ts';
import { discard } from './http.ts';

const TRIES = 4;

/** Tries to take a blob over from another repository of the same registry; false: the registry wants it uploaded. */
export async function mountBlob(client: RegistryClient, digest: string, from: string): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from });
  const answer = await client.call({
    method: 'POST',
    path: `${client.options.repository}/blobs/uploads/?${query}`,
    headers: { 'content-length': '0' },
    expect: [201, 202],
    from,
    isOnce: true,
  });
  await discard(answer.body);
  if (answer.status === 201) return true;
  await cancelUpload(client, answer);
  return false;
}

/** Leaves no half-made upload on the registry. */
async function cancelUpload(client: RegistryClient, answer: Answer): Promise<void> {
  const location = uploadLocation(answer);
  const done = await client.call({
    method: 'DELETE',
    path: location,
    expect: [200, 202, 204, 404, 405],
    isOnce: true,
  });
  await discard(done.body);
}

/** Sends a blob in one PUT; begun anew when the connection breaks. `open` makes the stream of its bytes for each try. */
export async function uploadBlob(
  client: RegistryClient,
  blob: Descriptor,
  open: () => Readable,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await uploadOnce(client, blob, open);
    } catch (error) {
      const isTransient =
        error instanceof EngineError &&
        error.code === 'UNAVAILABLE' &&
        codeOf(error.cause) !== 'ECONNREFUSED';
      if (!isTransient || tries >= TRIES || client.options.signal?.aborted) throw error;
    }
  }
}

async function uploadOnce(client: RegistryClient, blob: Descriptor, open: () => Readable): Promise<void> {
  const started = await client.call({
    method: 'POST',
    path: `${client.options.repository}/blobs/uploads/`,
    headers: { 'content-length': '0' },
    expect: [202],
  });
  await discard(started.body);
  const target = uploadLocation(started);
  target.searchParams.set('digest', blob.digest);
  const finished = await client.call({
    method: 'PUT',
    path: target,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) },
    body: open,
    expect: [201],
    isOnce: true,
  });
  await discard(finished.body);
}

function uploadLocation({ headers, url }: Answer): URL {
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, url)) {
    throw new EngineError('UNAVAILABLE', `${url.host}: the registry gave no place to upload to`);
  }
  return new URL(location, url);
}
