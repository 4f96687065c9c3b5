/** OCI descriptors: reading them from hostile documents (image-spec, descriptor.md). Pure. */
import { EngineError } from '../errors.ts';
import { parseDigest } from './digest.ts';

/** What points at a blob. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  /** bytes */
  size: number;
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads mediaType, digest and size; `urls` and `data` are never used (CVE-2020-15157). Throws INVALID_ARGUMENT. */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  if (!isObject(value)) throw malformed(`${what} is no descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || mediaType === '') throw malformed(`${what} has no media type`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw malformed(`${what} has an invalid size`);
  return { mediaType, digest: parseDigest(digest), size: size as number };
}

/** A document that does not say what it must. */
export const malformed = (why: string) =>
  new EngineError('INVALID_ARGUMENT', `invalid manifest: ${why}`, {
    hint: 'the image is damaged: push it again, or pull another tag',
  });

/** Parses JSON text; anything but an object is refused. */
export function parseObject(bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed('it is not JSON');
  }
  if (!isObject(value)) throw malformed('it is no JSON object');
  return value;
}
