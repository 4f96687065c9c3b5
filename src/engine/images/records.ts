/** Image records: what the store knows of an image, by id and by reference. */
import type { Context } from '../context.ts';
import { openDocuments, openNames } from '../state/documents.ts';
import type { ImageRunConfig } from '../types/config.ts';

/** OCI descriptor of a blob. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** The parts of an OCI image config that are used; the blob in the content store is the truth and keeps the rest. */
export interface ImageConfigDocument {
  created?: string;
  author?: string;
  architecture: string;
  variant?: string;
  os: string;
  config?: ImageRunConfig;
  rootfs: { type: 'layers'; diff_ids: string[] };
  history?: {
    created?: string;
    created_by?: string;
    author?: string;
    comment?: string;
    empty_layer?: boolean;
  }[];
  docker_version?: string;
}

export interface ImageRecord {
  /** digest of the config blob */
  Id: string;
  config: ImageConfigDocument;
  /** one per diff_id, bottom first: the blob in the content store a push would send */
  layers: { diffId: string; sizeBytes: number; blob: Descriptor }[];
  /** image this one was committed or built from */
  parent: string;
  /** RFC 3339 */
  lastTagTime: string;
  /** the manifest it was pulled with, or was last pushed as; its blob is in the content store */
  manifest?: Descriptor;
}

export const imageDocuments = (ctx: Context) => openDocuments<ImageRecord>(ctx.state, 'image');
/** Canonical references: 'docker.io/library/busybox:latest' → image id. */
export const imageTags = (ctx: Context) => openNames(ctx.state, 'image-tag');
/** Canonical digests: 'docker.io/library/busybox@sha256:…' → image id. */
export const imageDigests = (ctx: Context) => openNames(ctx.state, 'image-digest');
