/** Image records: what the store knows of an image, by id and by reference. */
import type { Context } from '../context.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageConfigDocument } from '../oci/image-config.ts';
import { openDocuments, openNames } from '../state/documents.ts';

export type { Descriptor, ImageConfigDocument };

export interface ImageRecord {
  /** digest of the config blob */
  Id: string;
  config: ImageConfigDocument;
  /** one per diff_id, bottom first: the blob in the content store a push would send */
  layers: { diffId: string; sizeBytes: number; blob: Descriptor }[];
  /** image this one was committed or built from */
  parent: string;
  /** the manifest it was pulled with, or was last pushed as; its blob is in the content store */
  manifest?: Descriptor;
}

export const imageDocuments = (ctx: Context) => openDocuments<ImageRecord>(ctx.state, 'image');
/** Canonical references: 'docker.io/library/busybox:latest' → image id. */
export const imageTags = (ctx: Context) => openNames(ctx.state, 'image-tag');
/** Canonical digests: 'docker.io/library/busybox@sha256:…' → image id. */
export const imageDigests = (ctx: Context) => openNames(ctx.state, 'image-digest');

/** When an image last got a name, by its id. Beside the record, which is large: every build writes it. */
export const tagTimes = (ctx: Context) => openDocuments<{ taggedAt: string }>(ctx.state, 'image-tag-time');

/** Bytes of all layers, unpacked. */
export const sizeOf = (record: ImageRecord): number =>
  record.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);

/** Seconds since 1970; 0 when the config names no time. */
export function createdSeconds({ config }: ImageRecord): number {
  const time = Date.parse(config.created ?? '');
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}
