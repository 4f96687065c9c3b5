/** `rmi`: Docker's rules for names, ids, several tags and containers (daemon/images/image_delete.go). */
import type { Context } from '../context.ts';
import {
  familiarString,
  formatReference,
  parseCanonical,
  type Reference,
  repositoryOf,
  resolvedReference,
} from '../oci/reference.ts';
import { digestOf } from '../oci/sha256.ts';
import { recordEvent } from '../state/events.ts';
import type { RemovedImage } from '../types/images.ts';
import { collect } from './collect.ts';
import { digestsOf } from './digests.ts';
import { findImage } from './find.ts';
import { imageAttributes } from './names.ts';
import { type ImageRecord, imageDigests, imageDocuments, imageTags, tagTimes } from './records.ts';
import { checkReferenceUnused, deleteConflict, isUsed } from './remove-conflicts.ts';

interface Removal {
  ctx: Context;
  force: boolean;
  /** untagged parents go too */
  prune: boolean;
  removed: RemovedImage[];
  /** what may be unused afterwards: digest → how Docker names it */
  candidates: Map<string, string>;
}

interface Removed {
  removed: RemovedImage[];
  /** bytes of the layers that went */
  sizeBytes: number;
}

/** Throws NOT_FOUND, CONFLICT (used by a container, several repositories, children). */
export async function remove(
  ctx: Context,
  name: string,
  options: { force?: boolean; noPrune?: boolean } = {},
): Promise<RemovedImage[]> {
  const { removed } = await removing(ctx, options, (removal) => {
    const record = findImage(ctx, name);
    if (isPrefixOf(record.Id, name)) removeById(removal, record);
    else removeByName(removal, record, name);
  });
  return removed;
}

/** Removes an image whatever its names are, unless a container has come to use it; for `image prune`. */
export function removeUnused(ctx: Context, id: string): Promise<Removed> {
  return removing(ctx, {}, (removal) => {
    const record = imageDocuments(ctx).get(id);
    if (record === undefined || isUsed(ctx, id)) return; // another process was faster
    for (const reference of namesOf(ctx, id)) dropName(removal, record, reference);
    removeRecord(removal, record);
  });
}

async function removing(
  ctx: Context,
  options: { force?: boolean; noPrune?: boolean },
  change: (removal: Removal) => void,
): Promise<Removed> {
  const removal: Removal = {
    ctx,
    force: options.force === true,
    prune: options.noPrune !== true,
    removed: [],
    candidates: new Map(),
  };
  ctx.state.write(() => change(removal));
  const { layers, sizeBytes } = await collect(ctx, new Set(removal.candidates.keys()));
  const deleted = layers.map((diffId) => ({ Deleted: removal.candidates.get(diffId)! }));
  return { removed: [...removal.removed, ...deleted], sizeBytes };
}

const isPrefixOf = (id: string, text: string) => id.startsWith(text) || id.startsWith(`sha256:${text}`);

function removeByName(removal: Removal, record: ImageRecord, name: string): void {
  const { ctx, force } = removal;
  if (!force && isSingle(namesOf(ctx, record.Id))) checkReferenceUnused(ctx, record.Id, name);
  const reference = resolvedReference(name);
  dropName(removal, record, reference);
  if (reference.digest === undefined) dropOrphanedDigests(removal, record, reference);
  if (namesOf(ctx, record.Id).length > 0) return;
  const conflict = deleteConflict(ctx, record.Id, { force, mayBeNamed: false });
  // The name is gone; that a container or a child keeps the image itself is no error.
  if (conflict === undefined) removeRecord(removal, record);
  else if (!conflict.isUsed) throw conflict.error;
}

/** The last tag of a repository takes the repository's digests with it. */
function dropOrphanedDigests(removal: Removal, record: ImageRecord, { domain, path }: Reference): void {
  const left = namesOf(removal.ctx, record.Id).filter((name) => name.domain === domain && name.path === path);
  if (left.some(({ digest }) => digest === undefined)) return;
  for (const reference of left) dropName(removal, record, reference);
}

function removeById(removal: Removal, record: ImageRecord): void {
  const { ctx, force } = removal;
  const names = namesOf(ctx, record.Id);
  const conflict = deleteConflict(ctx, record.Id, { force, mayBeNamed: isSingle(names) });
  if (conflict !== undefined) throw conflict.error;
  for (const reference of names) dropName(removal, record, reference);
  removeRecord(removal, record);
}

/** One tag at most, and everything in one repository. */
function isSingle(names: readonly Reference[]): boolean {
  const tags = names.filter(({ digest }) => digest === undefined);
  return tags.length <= 1 && new Set(names.map(repositoryOf)).size <= 1;
}

function namesOf(ctx: Context, id: string): Reference[] {
  return [...imageTags(ctx).namesOf(id), ...imageDigests(ctx).namesOf(id)].map(parseCanonical);
}

function dropName({ ctx, removed }: Removal, record: ImageRecord, reference: Reference): void {
  const names = reference.digest === undefined ? imageTags(ctx) : imageDigests(ctx);
  names.release(formatReference(reference));
  removed.push({ Untagged: familiarString(reference) });
  const attributes = imageAttributes(record, record.Id);
  recordEvent(ctx.state, { Type: 'image', Action: 'untag', id: record.Id, attributes });
}

/** Removes the record, and with it parents that nothing names or uses. */
function removeRecord(removal: Removal, record: ImageRecord): void {
  const { ctx, removed, candidates } = removal;
  imageDocuments(ctx).remove(record.Id);
  tagTimes(ctx).remove(record.Id);
  removed.push({ Deleted: record.Id });
  // Docker looks for the labels when the image is gone
  const attributes = { name: record.Id };
  recordEvent(ctx.state, { Type: 'image', Action: 'delete', id: record.Id, attributes });
  const chain = chainIds(record.config.rootfs.diff_ids);
  // Top layer first, as Docker removes them.
  for (const digest of digestsOf(record).toReversed()) candidates.set(digest, chain.get(digest) ?? digest);
  const parent = removal.prune && record.parent !== '' ? imageDocuments(ctx).get(record.parent) : undefined;
  if (
    parent === undefined ||
    deleteConflict(ctx, parent.Id, { force: false, mayBeNamed: false }) !== undefined
  )
    return;
  removeRecord(removal, parent);
}

/** Docker names layers by all that lies below them too (image-spec, config.md "Layer ChainID"). */
function chainIds(diffIds: readonly string[]): Map<string, string> {
  const result = new Map<string, string>();
  let chain = '';
  for (const diffId of diffIds) {
    chain = chain === '' ? diffId : digestOf(`${chain} ${diffId}`);
    result.set(diffId, chain);
  }
  return result;
}
