/** Content digests: strict parsing before one is used in a path or a URL. Pure. */
import { EngineError } from '../errors.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HEX_LENGTH = 64;
const ALGORITHM = 'sha256';

/** True for 'sha256:' and 64 lower-case hex digits; other algorithms are not supported. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && DIGEST.test(text);
}

/** Returns the digest, or throws INVALID_ARGUMENT with distribution's words (OCI image-spec, descriptor.md "Digests"). */
export function parseDigest(text: unknown): string {
  if (isDigest(text)) return text;
  const [algorithm, hex] = String(text).slice(0, 200).split(':');
  if (hex === undefined || algorithm === '') throw invalid('invalid checksum digest format');
  if (algorithm !== ALGORITHM) throw invalid('unsupported digest algorithm');
  throw invalid(
    hex.length === HEX_LENGTH ? 'invalid checksum digest format' : 'invalid checksum digest length',
  );
}

const invalid = (message: string) => new EngineError('INVALID_ARGUMENT', message);

/** The 64 hex digits of a checked digest. */
export function digestHex(digest: string): string {
  return parseDigest(digest).slice(ALGORITHM.length + 1);
}

/** Twelve hex digits, as Docker shows ids. */
export function shortDigest(digest: string): string {
  return digestHex(digest).slice(0, 12);
}
