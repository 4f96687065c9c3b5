/** Finds an image by what a user typed. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import {
  familiarString,
  formatReference,
  parseAny,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../oci/reference.ts';
import { type ImageRecord, imageDigests, imageDocuments, imageTags } from './records.ts';

const ID_PREFIX = /^(?:sha256:)?([0-9a-f]{1,64})$/;

/**
 * Docker's order (daemon/images getImage): full id, then reference, then unique id prefix.
 * Throws NOT_FOUND 'No such image: X:latest', INVALID_ARGUMENT when X is no reference.
 */
export function findImage(ctx: Context, name: string): ImageRecord {
  const parsed = parseAny(name);
  const id =
    'imageDigest' in parsed
      ? parsed.imageDigest
      : (resolveReference(ctx, parsed.reference) ?? resolvePrefix(ctx, name));
  const record = id === undefined ? undefined : imageDocuments(ctx).get(id);
  if (record !== undefined) return record;
  const shown =
    'imageDigest' in parsed ? parsed.imageDigest : familiarString(withDefaultTag(parsed.reference));
  throw new EngineError('NOT_FOUND', `No such image: ${shown}`, {
    hint: `get it with: boxtop pull ${shown}`,
  });
}

/** The image id a reference points at; a digest wins over a tag. */
function resolveReference(ctx: Context, reference: Reference): string | undefined {
  if (reference.digest !== undefined)
    return imageDigests(ctx).get(`${repositoryOf(reference)}@${reference.digest}`);
  return imageTags(ctx).get(formatReference(withDefaultTag(reference)));
}

/** An ambiguous prefix finds nothing, as in Docker. */
function resolvePrefix(ctx: Context, text: string): string | undefined {
  const hex = ID_PREFIX.exec(text)?.[1];
  if (hex === undefined) return undefined;
  const [id, second] = imageDocuments(ctx).idsWithPrefix(`sha256:${hex}`);
  return second === undefined ? id : undefined;
}
