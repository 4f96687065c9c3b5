import { describe, expect, it } from 'vitest';
import { isDigest, parseDigest } from '../../../src/engine/oci/digest.ts';
import { parseImageConfig } from '../../../src/engine/oci/image-config.ts';
import { MANIFEST_LIMIT_BYTES, parseManifest } from '../../../src/engine/oci/manifest.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/engine/oci/media-types.ts';
import { digestOf } from '../../../src/engine/oci/sha256.ts';

const digest = digestOf('x');
const config = { mediaType: OCI_CONFIG, digest, size: 2 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 3 };
const manifest = { schemaVersion: 2, config, layers: [layer] };
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('manifests', () => {
  it('reads OCI and Docker documents', () => {
    expect(parseManifest(bytes(manifest), OCI_MANIFEST)).toMatchObject({ kind: 'manifest', layers: [layer] });
    const index = {
      schemaVersion: 2,
      manifests: [
        { mediaType: OCI_MANIFEST, digest, size: 1, platform: { os: 'linux', architecture: 'arm64' } },
      ],
    };
    expect(parseManifest(bytes(index), `${DOCKER_LIST}; charset=utf-8`)).toMatchObject({
      kind: 'index',
      mediaType: DOCKER_LIST,
    });
    expect(
      parseManifest(bytes({ ...manifest, mediaType: DOCKER_MANIFEST }), 'application/json'),
    ).toMatchObject({ mediaType: DOCKER_MANIFEST });
  });

  it.each([
    [
      'a document that is manifest and index',
      { ...manifest, manifests: [] },
      OCI_MANIFEST,
      'both layers and manifests',
    ],
    ['a Content-Type that lies', { ...manifest, mediaType: OCI_MANIFEST }, DOCKER_MANIFEST, 'was served as'],
    ['an index served as a manifest', { schemaVersion: 2, manifests: [] }, OCI_MANIFEST, 'does not agree'],
    ['a manifest served as an index', manifest, OCI_INDEX, 'does not agree'],
    ['an HTML page', manifest, 'text/html', 'was served as text/html'],
    ['text that is no JSON', '<html>', OCI_MANIFEST, 'not JSON'],
    ['a JSON list', '[]', OCI_MANIFEST, 'no JSON object'],
    ['an empty object', {}, OCI_MANIFEST, 'schemaVersion'],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, 'application/json', 'not supported'],
    ['layers that are no list', { ...manifest, layers: {} }, OCI_MANIFEST, 'no layers'],
    [
      'a digest that is a path',
      { ...manifest, layers: [{ ...layer, digest: '../../../etc/passwd' }] },
      OCI_MANIFEST,
      'checksum digest',
    ],
    [
      'a short digest',
      { ...manifest, layers: [{ ...layer, digest: 'sha256:abc' }] },
      OCI_MANIFEST,
      'invalid checksum digest length',
    ],
    ['a negative size', { ...manifest, config: { ...config, size: -1 } }, OCI_MANIFEST, 'invalid size'],
    [
      'a size that is no integer',
      { ...manifest, config: { ...config, size: 1.5 } },
      OCI_MANIFEST,
      'invalid size',
    ],
    ['a huge config', { ...manifest, config: { ...config, size: 5e9 } }, OCI_MANIFEST, 'too large'],
    [
      'a foreign layer type',
      { ...manifest, layers: [{ ...layer, mediaType: 'application/wasm' }] },
      OCI_MANIFEST,
      'unsupported type',
    ],
    [
      'an artifact',
      { ...manifest, config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
      OCI_MANIFEST,
      'unsupported image config type',
    ],
  ])('refuses %s', (_, document, type, message) => {
    expect(() => parseManifest(bytes(document), type)).toThrow(message);
  });

  it('refuses more than 4 MiB', () => {
    expect(() => parseManifest(Buffer.alloc(MANIFEST_LIMIT_BYTES + 1, 0x20), OCI_MANIFEST)).toThrow(
      'larger than',
    );
  });
});

describe('digests', () => {
  it.each([
    '',
    'sha256:',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `md5:${'a'.repeat(32)}`,
    `sha256:${'a'.repeat(64)}\n`,
    'a/b',
  ])('refuses %j', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow();
  });
});

describe('image configs', () => {
  const image = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } };

  it('keeps what is known and drops what is not', () => {
    const read = parseImageConfig(
      bytes({
        ...image,
        extra: 1,
        config: { Cmd: ['sh'], Hostname: 'x', Env: null },
        history: [{ created_by: 'x', empty_layer: true }],
      }),
    );
    expect(read).toEqual({
      ...image,
      config: { Cmd: ['sh'], Env: null },
      history: [{ created_by: 'x', empty_layer: true }],
    });
  });

  it.each([
    [{ ...image, rootfs: undefined }, 'rootfs'],
    [{ ...image, os: 7 }, 'platform'],
    [{ ...image, rootfs: { diff_ids: ['x'] } }, 'digest'],
    [{ ...image, config: { Cmd: 'sh' } }, 'config.Cmd'],
    [{ ...image, config: { Env: [1] } }, 'config.Env'],
    [{ ...image, config: { Labels: { a: 1 } } }, 'config.Labels'],
    [{ ...image, config: { User: {} } }, 'config.User'],
    [{ ...image, history: 'x' }, 'history'],
  ])('refuses %j', (document, message) => {
    expect(() => parseImageConfig(bytes(document))).toThrow(message);
  });
});
