/** Puts an image into the store: its config blob, its record, its name, its events. */

import { openContent } from '../content/content.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { digestsOf } from './digests.ts';
import { releaseRecorded } from './leases.ts';
import { pointTag, tagEvent, taggable } from './names.ts';
import { type Descriptor, type ImageConfigDocument, type ImageRecord, imageDocuments } from './records.ts';

interface NewImage {
  config: ImageConfigDocument;
  /** The config as it arrived; absent for a new image, whose config is serialised here. */
  configBytes?: Uint8Array;
  layers: ImageRecord['layers'];
  /** image id */
  parent?: string;
  /** 'repo:tag' as a user types it; untagged when absent. Throws INVALID_ARGUMENT when it is malformed. */
  reference?: string;
  /** the manifest it came with; its blob is in the content store */
  manifest?: Descriptor;
}

/**
 * Writes the config blob, then record, tag and events in one transaction. The layers and their blobs must be here already.
 * An image that exists already keeps its record. Throws INVALID_ARGUMENT when layers and diff_ids disagree.
 */
export function recordImage(ctx: Context, image: NewImage): ImageRecord {
  const { config, layers } = image;
  if (
    layers.length !== config.rootfs.diff_ids.length ||
    layers.some((l, i) => l.diffId !== config.rootfs.diff_ids[i])
  ) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      'invalid image config: its diff_ids are not the layers of the image',
    );
  }
  const reference = image.reference === undefined ? undefined : taggable(image.reference);
  const bytes = image.configBytes ?? Buffer.from(JSON.stringify(config));
  return ctx.state.write(() => {
    // Within the transaction, so that no collector comes between blob and record.
    const id = openContent(ctx.paths.content).writeSmall(bytes);
    const documents = imageDocuments(ctx);
    const known = documents.get(id);
    const record: ImageRecord = known ?? {
      Id: id,
      config,
      layers,
      parent: image.parent ?? '',
    };
    if (image.manifest !== undefined) record.manifest = image.manifest;
    if (known === undefined || image.manifest !== undefined) documents.put(id, record);
    releaseRecorded(ctx, () => new Set(digestsOf(record)));
    if (reference === undefined) return record;
    pointTag(ctx, reference, id);
    tagEvent(ctx, record, reference);
    return documents.get(id)!;
  });
}
