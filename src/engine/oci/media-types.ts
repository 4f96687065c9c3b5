/** Media types of OCI and of Docker's schema 2. Pure. */

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar';

/** What a registry is asked for, best first. */
export const MANIFEST_TYPES: readonly string[] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

export const isIndexType = (type: string): boolean => type === OCI_INDEX || type === DOCKER_LIST;
export const isManifestType = (type: string): boolean => type === OCI_MANIFEST || type === DOCKER_MANIFEST;
export const isConfigType = (type: string): boolean => type === OCI_CONFIG || type === DOCKER_CONFIG;

const LAYER_TYPES: ReadonlySet<string> = new Set([
  OCI_LAYER,
  `${OCI_LAYER}+gzip`,
  `${OCI_LAYER}+zstd`,
  DOCKER_LAYER,
  `${DOCKER_LAYER}.gzip`,
  `${DOCKER_LAYER}.zstd`,
  // Non-distributable types are read like the others; their foreign `urls` never are (CVE-2020-15157).
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]);

/** Types of a file system layer that can be unpacked. */
export const isLayerType = (type: string): boolean => LAYER_TYPES.has(type);

type Compression = '' | 'gzip' | 'zstd';

/** Compression by magic number (RFC 1952, RFC 8878). */
function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  return '';
}

/** The OCI layer type of a stream by its first bytes. */
export function layerMediaType(head: Uint8Array): string {
  const compression = compressionOf(head);
  return compression === '' ? OCI_LAYER : `${OCI_LAYER}+${compression}`;
}

/** The compression a layer type declares. */
export function declaredCompression(type: string): Compression {
  if (/[.+]gzip$/.test(type)) return 'gzip';
  return /[.+]zstd$/.test(type) ? 'zstd' : '';
}

/** A layer's type in Docker's spelling, for a schema 2 manifest. */
export function dockerLayerType(type: string): string {
  const compression = declaredCompression(type);
  return compression === '' ? DOCKER_LAYER : `${DOCKER_LAYER}.${compression}`;
}
