/** Manifests and indexes of OCI and of Docker's schema 2: reading and refusing them. Pure. */
import { EngineError } from '../errors.ts';
import { type Descriptor, isObject, malformed, parseDescriptor, parseObject } from './descriptor.ts';
import {
  isConfigType,
  isIndexType,
  isLayerType,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';
import type { Platform } from './platform.ts';

/** As containers/image and containerd cap them (CVE-2020-1702). */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

export interface Manifest {
  kind: 'manifest';
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
}

export interface IndexEntry extends Descriptor {
  platform?: Platform;
}

export interface Index {
  kind: 'index';
  mediaType: string;
  manifests: IndexEntry[];
}

/**
 * Reads a manifest or index. What it declares (mediaType), what it was served as (`contentType`) and what it contains must agree,
 * and a document that could be read as both is refused (CVE-2021-41190). Throws INVALID_ARGUMENT, RESOURCE_EXHAUSTED over 4 MiB.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest | Index {
  if (bytes.length > MANIFEST_LIMIT_BYTES) {
    throw new EngineError('RESOURCE_EXHAUSTED', `manifest is larger than ${MANIFEST_LIMIT_BYTES} bytes`);
  }
  const document = parseObject(bytes);
  const hasLayers = 'layers' in document || 'config' in document;
  const hasManifests = 'manifests' in document;
  if (hasLayers && hasManifests) throw malformed('it has both layers and manifests');
  if (document['schemaVersion'] === 1) {
    throw new EngineError(
      'UNIMPLEMENTED',
      'Docker Image Format v1 and Docker Image manifest version 2, schema 1 are not supported',
      {
        hint: 'push the image again with a newer Docker',
      },
    );
  }
  if (document['schemaVersion'] !== 2) throw malformed('its schemaVersion is not 2');
  const mediaType = agreedType(document['mediaType'], contentType, hasManifests);
  return hasManifests ? readIndex(document['manifests'], mediaType) : readManifest(document, mediaType);
}

function agreedType(declared: unknown, contentType: string | undefined, hasManifests: boolean): string {
  if (declared !== undefined && typeof declared !== 'string') throw malformed('its media type is no text');
  const served = (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase() || undefined;
  const isNamed = served !== undefined && (isIndexType(served) || isManifestType(served));
  // Some static servers know no manifest types; then the document must name its own.
  const isGeneric =
    served === undefined || served === 'application/json' || served === 'application/octet-stream';
  if (!isNamed && !isGeneric) throw malformed(`it was served as ${served.slice(0, 100)}`);
  if (declared !== undefined && isNamed && declared !== served) {
    throw malformed(`it was served as ${served} but is ${declared.slice(0, 100)}`);
  }
  const type = declared ?? (isNamed ? served : hasManifests ? OCI_INDEX : OCI_MANIFEST);
  if (!(hasManifests ? isIndexType(type) : isManifestType(type))) {
    throw malformed(`its content does not agree with media type ${type.slice(0, 100)}`);
  }
  return type;
}

function readManifest(document: Record<string, unknown>, mediaType: string): Manifest {
  const config = parseDescriptor(document['config'], 'its config');
  if (!isConfigType(config.mediaType)) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `unsupported image config type ${config.mediaType.slice(0, 100)}`,
      {
        hint: 'this is an artifact, not a container image',
      },
    );
  }
  if (config.size > MANIFEST_LIMIT_BYTES) throw malformed('its config is too large');
  if (!Array.isArray(document['layers'])) throw malformed('it has no layers');
  const layers = document['layers'].map((layer: unknown, index) => parseDescriptor(layer, `layer ${index}`));
  const foreign = layers.find((layer) => !isLayerType(layer.mediaType));
  if (foreign !== undefined)
    throw malformed(`layer ${foreign.digest} has unsupported type ${foreign.mediaType.slice(0, 100)}`);
  return { kind: 'manifest', mediaType, config, layers };
}

function readIndex(entries: unknown, mediaType: string): Index {
  if (!Array.isArray(entries)) throw malformed('its manifests are no list');
  const manifests = entries.map((entry: unknown, index): IndexEntry => {
    const descriptor = parseDescriptor(entry, `entry ${index}`);
    const platform = readPlatform((entry as Record<string, unknown>)['platform']);
    return platform === undefined ? descriptor : { ...descriptor, platform };
  });
  return { kind: 'index', mediaType, manifests };
}

function readPlatform(value: unknown): Platform | undefined {
  if (!isObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  const features = value['os.features'];
  return {
    os,
    architecture,
    ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
    ...(typeof value['os.version'] === 'string' ? { osVersion: value['os.version'] } : {}),
    ...(Array.isArray(features)
      ? { osFeatures: features.filter((feature) => typeof feature === 'string') }
      : {}),
  };
}
