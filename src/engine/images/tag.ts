/** Names of images. */
import type { Context } from '../context.ts';
import { recordEvent } from '../state/events.ts';
import { findImage } from './find.ts';
import { imageAttributes, pointTag, taggable } from './names.ts';

/** Gives an image a further name, taking it from the image that had it. Throws NOT_FOUND, INVALID_ARGUMENT. */
export async function tag(ctx: Context, source: string, target: string): Promise<void> {
  const reference = taggable(target);
  ctx.state.write(() => {
    const record = findImage(ctx, source);
    pointTag(ctx, reference, record.Id);
    recordEvent(ctx.state, {
      Type: 'image',
      Action: 'tag',
      id: record.Id,
      attributes: imageAttributes(record, reference),
    });
  });
}
