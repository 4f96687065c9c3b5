/** What images and layers consist of, by digest. */
import type { ImageRecord } from './records.ts';

/** Everything an image consists of: config, manifest, layer blobs, diffIDs. */
export function digestsOf(record: ImageRecord): string[] {
  const layers = record.layers.flatMap(digestsOfLayer);
  return [record.Id, ...(record.manifest === undefined ? [] : [record.manifest.digest]), ...layers];
}

/** A layer unpacked, and its archive. */
export const digestsOfLayer = ({ diffId, blob }: ImageRecord['layers'][number]): string[] => [
  diffId,
  blob.digest,
];
