/** Which names an image may have, and pointing them at images. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import {
  familiarString,
  formatReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../oci/reference.ts';
import { recordEvent } from '../state/events.ts';
import { type ImageRecord, imageTags, tagTimes } from './records.ts';

/** A name that can be given to an image: with a tag, without a digest. Docker's refusals (reference store, daemon TagImage). */
export function taggable(text: string): Reference {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest !== undefined)
    throw new EngineError('INVALID_ARGUMENT', 'refusing to create a tag with a digest reference');
  if (reference.path === 'library/sha256' && reference.domain === 'docker.io') {
    throw new EngineError(
      'INVALID_ARGUMENT',
      'refusing to create an ambiguous tag using digest algorithm as name',
    );
  }
  return reference;
}

/** Attributes of an image's events: its labels and the name it was called by. */
export function imageAttributes(record: ImageRecord, name: Reference | string): Record<string, string> {
  const text = typeof name === 'string' ? name : familiarString(name);
  return { ...record.config.config?.Labels, name: text };
}

/** Tells that an image got a name; for use inside a transaction. */
export function tagEvent(ctx: Context, record: ImageRecord, name: Reference): void {
  const attributes = imageAttributes(record, name);
  recordEvent(ctx.state, { Type: 'image', Action: 'tag', id: record.Id, attributes });
}

/** Points a tag at an image and notes the time; for use inside a transaction. */
export function pointTag(ctx: Context, reference: Reference, id: string): void {
  imageTags(ctx).move(formatReference(reference), id);
  tagTimes(ctx).put(id, { taggedAt: new Date().toISOString() });
}
