/** Checks that images have their blobs and layers. */
import { openContent } from '../../content/content.ts';
import type { Context } from '../../context.ts';
import { unpack } from '../../images/layers.ts';
import { namesById } from '../../images/list.ts';
import { type ImageRecord, imageDocuments } from '../../images/records.ts';
import { shortDigest } from '../../oci/digest.ts';
import type { Finding } from './finding.ts';

/** Presence and sizes alone. A layer that is missing can be unpacked again from its archive. */
export async function checkImages(ctx: Context): Promise<Finding[]> {
  const { blobs } = openContent(ctx.paths.content).usage();
  const layers = new Set((await (await ctx.layers()).listLayers()).map(({ diffId }) => diffId));
  const names = namesById(ctx);
  return imageDocuments(ctx)
    .all()
    .flatMap((record) => {
      const { tags = [], digests = [] } = names.get(record.Id) ?? {};
      const shown = tags[0] ?? digests[0] ?? shortDigest(record.Id);
      return [...missingBlobs(record, shown, blobs), ...missingLayers(ctx, record, { shown, layers, blobs })];
    });
}

/** What a person does about an image that lost something. */
export const getAgain = (shown: string): string =>
  `remove it and get it again: boxtop rmi -f ${shown}; boxtop pull ${shown} (or build or import it)`;

function missingBlobs(record: ImageRecord, shown: string, blobs: ReadonlyMap<string, number>): Finding[] {
  const sizes = new Map<string, number | undefined>([[record.Id, undefined]]);
  if (record.manifest !== undefined) sizes.set(record.manifest.digest, record.manifest.size);
  for (const { blob } of record.layers) sizes.set(blob.digest, blob.size);
  return [...sizes].flatMap(([digest, size]) => {
    const found = blobs.get(digest);
    if (found !== undefined && (size === undefined || found === size)) return [];
    const message =
      found === undefined ? `blob ${digest} is missing` : `blob ${digest} has ${found} bytes, not ${size}`;
    return [{ object: `image ${shown}`, message, hint: getAgain(shown) }];
  });
}

function missingLayers(
  ctx: Context,
  record: ImageRecord,
  {
    shown,
    layers,
    blobs,
  }: { shown: string; layers: ReadonlySet<string>; blobs: ReadonlyMap<string, number> },
): Finding[] {
  return record.layers
    .filter(({ diffId }) => !layers.has(diffId))
    .map(({ diffId, blob }) => ({
      object: `image ${shown}`,
      message: `layer ${diffId} is missing`,
      hint: getAgain(shown),
      ...(blobs.has(blob.digest) && {
        repair: async () => {
          await unpack(ctx, openContent(ctx.paths.content).stream(blob.digest), { expectedDiffId: diffId });
        },
      }),
    }));
}
