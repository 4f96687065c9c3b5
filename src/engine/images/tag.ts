/** Names of images. */
import type { Context } from '../context.ts';
import { findImage } from './find.ts';
import { pointTag, tagEvent, taggable } from './names.ts';

/** Gives an image a further name, taking it from the image that had it. Throws NOT_FOUND, INVALID_ARGUMENT. */
export async function tag(ctx: Context, source: string, target: string): Promise<void> {
  const reference = taggable(target);
  ctx.state.write(() => {
    const record = findImage(ctx, source);
    pointTag(ctx, reference, record.Id);
    tagEvent(ctx, record, reference);
  });
}
