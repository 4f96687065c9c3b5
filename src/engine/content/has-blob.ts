/** Looks for a blob without opening the content store. */
import { existsSync } from 'node:fs';
import { digestHex } from '../oci/digest.ts';

/** Folder of the blobs below the content store's. */
export const BLOBS = 'blobs/sha256';

/** `root` is the folder of the content store. */
export const hasBlob = (root: string, digest: string): boolean =>
  existsSync(`${root}/${BLOBS}/${digestHex(digest)}`);
