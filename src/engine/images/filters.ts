/** Filters of `images` and `image prune`. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { familiarMatch } from '../oci/pattern.ts';
import { parseReference } from '../oci/reference.ts';
import { parseTimestamp } from '../timestamps.ts';
import type { Filters, ImageSummary } from '../types/images.ts';
import { findImage } from './find.ts';
import { createdSeconds } from './records.ts';

type Test = (image: ImageSummary) => boolean;

const KNOWN = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

/** Filters of different names must all match; values of one name are alternatives, but labels must all be there. Throws INVALID_ARGUMENT. */
export function imageFilter(ctx: Context, filters: Filters): Test {
  const unknown = Object.keys(filters).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${unknown}'`, {
      hint: `filters are ${KNOWN.join(', ')}`,
    });
  }
  const tests = Object.entries(filters).flatMap(([name, values]) =>
    values.length === 0 ? [] : [testOf(ctx, name, values)],
  );
  return (image) => tests.every((test) => test(image));
}

function testOf(ctx: Context, name: string, values: readonly string[]): Test {
  switch (name) {
    case 'dangling': {
      const wanted = values.map(readBoolean);
      return (image) => wanted.includes(image.RepoTags.length === 0);
    }
    case 'label':
      return (image) => values.every((label) => hasLabel(image, label));
    case 'label!':
      return (image) => values.every((label) => !hasLabel(image, label));
    case 'reference':
      return (image) =>
        values.some((pattern) =>
          [...image.RepoTags, ...image.RepoDigests].some((text) =>
            familiarMatch(pattern, parseReference(text)),
          ),
        );
    case 'until': {
      const limit = Math.min(...values.map((value) => parseTimestamp(value, 'until').seconds));
      return (image) => image.Created < limit;
    }
    default:
      return timeTest(ctx, name, values);
  }
}

function timeTest(ctx: Context, name: string, values: readonly string[]): Test {
  const times = values.map((value) => createdSeconds(findImage(ctx, value)));
  if (name === 'before') return (image) => times.every((time) => image.Created < time);
  return (image) => times.every((time) => image.Created > time);
}

function readBoolean(text: string): boolean {
  if (['1', 'true', 'True', 'TRUE', 't', 'T'].includes(text)) return true;
  if (['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(text)) return false;
  throw new EngineError('INVALID_ARGUMENT', `Invalid filter 'dangling=[${text}]'`);
}

function hasLabel({ Labels }: ImageSummary, label: string): boolean {
  const equals = label.indexOf('=');
  if (equals === -1) return Object.hasOwn(Labels, label);
  const key = label.slice(0, equals);
  return Object.hasOwn(Labels, key) && Labels[key] === label.slice(equals + 1);
}
