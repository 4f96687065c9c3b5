/** Manifests and tags of a repository (distribution-spec, "Pulling manifests", "Listing tags"). */
import { EngineError } from '../errors.ts';
import { isObject } from '../oci/descriptor.ts';
import { isDigest, parseDigest } from '../oci/digest.ts';
import { type Index, MANIFEST_LIMIT_BYTES, type Manifest, parseManifest } from '../oci/manifest.ts';
import { MANIFEST_TYPES } from '../oci/media-types.ts';
import { digestOf } from '../oci/sha256.ts';
import type { Answer, Call, RegistryClient } from './client.ts';

const MAX_TAGS = 100_000;

export interface FetchedManifest {
  /** as it arrived: its digest is the image's name in the registry */
  bytes: Buffer;
  digest: string;
  document: Manifest | Index;
}

/** Gets a manifest by tag or digest. What was asked by digest must have it. Throws DATA_LOSS, INVALID_ARGUMENT, RegistryError. */
export async function fetchManifest(client: RegistryClient, tagOrDigest: string): Promise<FetchedManifest> {
  const answer = await client.document(
    {
      method: 'GET',
      path: `${client.options.repository}/manifests/${tagOrDigest}`,
      headers: { accept: MANIFEST_TYPES.join(', ') },
      expect: [200],
    },
    MANIFEST_LIMIT_BYTES,
  );
  const { bytes } = answer;
  const digest = digestOf(bytes);
  const expected = isDigest(tagOrDigest) ? tagOrDigest : announcedDigest(answer);
  if (expected !== undefined && expected !== digest) {
    throw new EngineError('DATA_LOSS', `manifest verification failed for digest ${expected}`, {
      hint: 'the registry or a proxy delivered another document; try again',
    });
  }
  return { bytes, digest, document: parseManifest(bytes, answer.headers['content-type']) };
}

function announcedDigest({ headers }: Answer): string | undefined {
  const value = headers['docker-content-digest'];
  return value === undefined ? undefined : parseDigest(value);
}

export async function putManifest(
  client: RegistryClient,
  tag: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<void> {
  const call: Call = {
    method: 'PUT',
    path: `${client.options.repository}/manifests/${tag}`,
    headers: { 'content-type': mediaType, 'content-length': String(bytes.length) },
    body: bytes,
    expect: [200, 201, 202],
  };
  await client.document(call, MANIFEST_LIMIT_BYTES);
}

/** All tags of the repository, following the pages. */
export async function listTags(client: RegistryClient): Promise<string[]> {
  const tags: string[] = [];
  let path: string | undefined = `${client.options.repository}/tags/list`;
  while (path !== undefined) {
    const answer: Answer & { bytes: Buffer } = await client.document(
      { method: 'GET', path, expect: [200] },
      MANIFEST_LIMIT_BYTES,
    );
    const value = parseJson(answer.bytes);
    const page = isObject(value) && Array.isArray(value['tags']) ? value['tags'] : [];
    tags.push(...page.filter((tag): tag is string => typeof tag === 'string'));
    path = page.length === 0 || tags.length > MAX_TAGS ? undefined : nextPage(answer);
  }
  return tags;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new EngineError('INVALID_ARGUMENT', 'the registry sent a list of tags that is not JSON');
  }
}

/** RFC 5988 Link, kept below /v2/ of the same registry. */
function nextPage({ headers, url }: Answer): string | undefined {
  const link = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(String(headers['link'] ?? ''))?.[1];
  if (link === undefined || !URL.canParse(link, url)) return undefined;
  const next = new URL(link, url);
  return next.origin === url.origin && next.pathname.startsWith('/v2/')
    ? next.pathname.slice(4) + next.search
    : undefined;
}
