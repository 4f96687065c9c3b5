/** The images that failed builds leave for a look into them; `builder prune` removes those nobody has named. */
import type { Context } from '../context.ts';
import { imageTags } from '../images/records.ts';
import { openDocuments } from '../state/documents.ts';

interface LastGood {
  imageId: string;
  /** milliseconds since 1970 */
  madeAt: number;
}

const lastGood = (ctx: Context) => openDocuments<LastGood>(ctx.state, 'build-last-good');

export function noteLastGood(ctx: Context, imageId: string): void {
  lastGood(ctx).put(imageId, { imageId, madeAt: Date.now() });
}

/** Those made before `limitMs`. What a container uses stays; what got a name is an image like any other. Returns the bytes that went. */
export async function removeLastGood(ctx: Context, limitMs: number): Promise<number> {
  const { removeUnused } = await import('../images/remove.ts');
  let bytes = 0;
  for (const { imageId, madeAt } of lastGood(ctx).all()) {
    if (madeAt > limitMs) continue;
    if (imageTags(ctx).namesOf(imageId).length === 0) bytes += (await removeUnused(ctx, imageId)).sizeBytes;
    lastGood(ctx).remove(imageId);
  }
  return bytes;
}
