/** The image config document: its shape and how it is read (image-spec, config.md). Pure. */
import { EngineError } from '../errors.ts';
import type { ContainerConfig, ImageRunConfig } from '../types/config.ts';
import { isObject, type JsonObject, parseObject } from './descriptor.ts';
import { parseDigest } from './digest.ts';

export const CONFIG_LIMIT_BYTES = 4 * 1024 * 1024;

/** The parts of an OCI image config that are used; the blob in the content store is the truth and keeps the rest. */
export interface ImageConfigDocument {
  created?: string;
  author?: string;
  architecture: string;
  variant?: string;
  os: string;
  config?: ImageRunConfig;
  rootfs: { type: 'layers'; diff_ids: string[] };
  history?: {
    created?: string;
    created_by?: string;
    author?: string;
    comment?: string;
    empty_layer?: boolean;
  }[];
  /** the engine that made it; this and the two below are Docker's, not OCI's */
  docker_version?: string;
  /** id of the container it was committed from */
  container?: string;
  container_config?: Partial<ContainerConfig>;
}

const invalid = (why: string) =>
  new EngineError('INVALID_ARGUMENT', `invalid image config: ${why}`, {
    hint: 'the image is damaged: push it again, or pull another tag',
  });

/** Fields of a wrong type are refused where they are used and dropped elsewhere. Throws INVALID_ARGUMENT, RESOURCE_EXHAUSTED over 4 MiB. */
export function parseImageConfig(bytes: Uint8Array): ImageConfigDocument {
  if (bytes.length > CONFIG_LIMIT_BYTES) {
    throw new EngineError('RESOURCE_EXHAUSTED', `image config is larger than ${CONFIG_LIMIT_BYTES} bytes`);
  }
  const document = parseObject(bytes);
  const { os, architecture, rootfs } = document;
  if (typeof architecture !== 'string' || typeof os !== 'string') throw invalid('it names no platform');
  if (!isObject(rootfs) || !Array.isArray(rootfs['diff_ids'])) throw invalid('it has no rootfs section');
  const config = readRunConfig(document['config']);
  const history = readHistory(document['history']);
  const container = readContainerConfig(document['container_config']);
  return {
    ...texts(document, ['created', 'author', 'variant', 'docker_version', 'container']),
    architecture,
    os,
    ...(config === undefined ? {} : { config }),
    rootfs: { type: 'layers', diff_ids: rootfs['diff_ids'].map(parseDigest) },
    ...(history === undefined ? {} : { history }),
    ...(container === undefined ? {} : { container_config: container }),
  };
}

function texts<K extends string>(document: JsonObject, keys: readonly K[]): Partial<Record<K, string>> {
  const result: Partial<Record<K, string>> = {};
  for (const key of keys) {
    const value = document[key];
    if (typeof value === 'string' && value !== '') result[key] = value;
  }
  return result;
}

function readHistory(value: unknown): ImageConfigDocument['history'] {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid('its history is no list');
  return value.filter(isObject).map((item) => ({
    ...texts(item, ['created', 'created_by', 'author', 'comment']),
    ...(item['empty_layer'] === true ? { empty_layer: true } : {}),
  }));
}

const TEXT_FIELDS = ['User', 'WorkingDir', 'StopSignal'] as const;
const LIST_FIELDS = ['Env', 'Entrypoint', 'Cmd', 'Shell', 'OnBuild'] as const;
const MAP_FIELDS = ['ExposedPorts', 'Volumes', 'Labels'] as const;

function readRunConfig(value: unknown): ImageRunConfig | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid('its config is no object');
  checkFields(value, TEXT_FIELDS, (field) => typeof field === 'string');
  checkFields(value, LIST_FIELDS, isTextList);
  checkFields(value, MAP_FIELDS, isObject);
  checkFields(value, ['Labels'], (field) =>
    Object.values(field as object).every((label) => typeof label === 'string'),
  );
  checkFields(value, ['ArgsEscaped'], (field) => typeof field === 'boolean');
  checkFields(value, ['Healthcheck'], isHealthcheck);
  const known = [...TEXT_FIELDS, ...LIST_FIELDS, ...MAP_FIELDS, 'ArgsEscaped', 'Healthcheck'];
  return Object.fromEntries(Object.entries(value).filter(([key]) => known.includes(key))) as ImageRunConfig;
}

const CONTAINER_TEXTS = ['Hostname', 'Domainname', 'Image', 'MacAddress'] as const;
const CONTAINER_FLAGS = [
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'NetworkDisabled',
] as const;

/** Only ever shown: one with a field of a wrong type is no reason to refuse the image. */
function readContainerConfig(value: unknown): Partial<ContainerConfig> | undefined {
  if (!isObject(value)) return undefined;
  try {
    checkFields(value, CONTAINER_TEXTS, (field) => typeof field === 'string');
    checkFields(value, CONTAINER_FLAGS, (field) => typeof field === 'boolean');
    const known = [...CONTAINER_TEXTS, ...CONTAINER_FLAGS].filter((name) => value[name] !== undefined);
    return { ...readRunConfig(value), ...Object.fromEntries(known.map((name) => [name, value[name]])) };
  } catch {
    return undefined;
  }
}

function checkFields(
  config: JsonObject,
  names: readonly string[],
  isValid: (field: unknown) => boolean,
): void {
  for (const name of names) {
    const field = config[name];
    if (field !== undefined && field !== null && !isValid(field))
      throw invalid(`config.${name} has the wrong type`);
  }
}

const isTextList = (value: unknown) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function isHealthcheck(value: unknown): boolean {
  if (
    !isObject(value) ||
    (value['Test'] !== undefined && value['Test'] !== null && !isTextList(value['Test']))
  )
    return false;
  return ['Interval', 'Timeout', 'StartPeriod', 'Retries'].every(
    (key) => value[key] === undefined || typeof value[key] === 'number',
  );
}
