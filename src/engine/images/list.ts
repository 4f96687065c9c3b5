/** `images`: what is in the store, newest first. */
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { familiarString, parseCanonical } from '../oci/reference.ts';
import type { Filters, ImageSummary } from '../types/images.ts';
import { imageFilter } from './filters.ts';
import {
  createdSeconds,
  type ImageRecord,
  imageDigests,
  imageDocuments,
  imageTags,
  sizeOf,
} from './records.ts';

/** Without `all`, untagged images that are the parent of others are left out. Throws INVALID_ARGUMENT for an unknown filter. */
export async function list(
  ctx: Context,
  options: { all?: boolean; filters?: Filters } = {},
): Promise<ImageSummary[]> {
  const records = imageDocuments(ctx).all();
  const names = namesById(ctx);
  const uses = usesById(ctx);
  const parents = new Set(records.map(({ parent }) => parent));
  const matches = imageFilter(ctx, options.filters ?? {});
  const summaries = records.map((record) => summaryOf(record, names, uses));
  return summaries
    .filter(
      (summary) =>
        options.all ||
        summary.RepoTags.length > 0 ||
        summary.RepoDigests.length > 0 ||
        !parents.has(summary.Id),
    )
    .filter(matches)
    .sort((a, b) => b.Created - a.Created);
}

interface NamesOfImage {
  tags: string[];
  digests: string[];
}

/** Familiar names of all images, by image id. */
export function namesById(ctx: Context): Map<string, NamesOfImage> {
  const result = new Map<string, NamesOfImage>();
  const of = (id: string) => {
    const found = result.get(id) ?? { tags: [], digests: [] };
    result.set(id, found);
    return found;
  };
  for (const { name, id } of imageTags(ctx).all()) of(id).tags.push(familiarString(parseCanonical(name)));
  for (const { name, id } of imageDigests(ctx).all())
    of(id).digests.push(familiarString(parseCanonical(name)));
  return result;
}

function usesById(ctx: Context): Map<string, number> {
  const uses = new Map<string, number>();
  for (const { Image } of containerDocuments(ctx).all()) uses.set(Image, (uses.get(Image) ?? 0) + 1);
  return uses;
}

function summaryOf(
  record: ImageRecord,
  names: Map<string, NamesOfImage>,
  uses: Map<string, number>,
): ImageSummary {
  const size = sizeOf(record);
  const { tags, digests } = names.get(record.Id) ?? { tags: [], digests: [] };
  return {
    Id: record.Id,
    ParentId: record.parent,
    RepoTags: tags,
    RepoDigests: digests,
    Created: createdSeconds(record),
    Size: size,
    SharedSize: -1,
    VirtualSize: size,
    Labels: record.config.config?.Labels ?? {},
    Containers: uses.get(record.Id) ?? 0,
  };
}
