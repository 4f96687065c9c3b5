/** `image inspect` and `history`. */
import { inspectConfig } from '../containers/inspect/inspect-config.ts';
import type { Context } from '../context.ts';
import type { HistoryItem, ImageInspect } from '../types/images.ts';
import { findImage } from './find.ts';
import { namesById } from './list.ts';
import { createdSeconds, type ImageRecord, imageDocuments, sizeOf, tagTimes } from './records.ts';

/** Docker's zero time: of an image that never had a name. */
const NEVER = '0001-01-01T00:00:00Z';

/** Throws NOT_FOUND. */
export async function inspect(ctx: Context, name: string): Promise<ImageInspect> {
  const record = findImage(ctx, name);
  const { config } = record;
  const { tags, digests } = namesById(ctx).get(record.Id) ?? { tags: [], digests: [] };
  const size = sizeOf(record);
  const lastHistory = config.history?.at(-1);
  return {
    Id: record.Id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: record.parent,
    Comment: lastHistory?.comment ?? '',
    Created: config.created ?? NEVER,
    Container: config.container ?? '',
    // as a container's it has labels, if none
    ContainerConfig: inspectConfig(
      config.container_config ?? {},
      config.container_config ? 'container' : 'image',
    ),
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: inspectConfig(config.config ?? {}, 'image'),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: size,
    VirtualSize: size,
    GraphDriver: { Data: null, Name: 'overlay2' },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: tagTimes(ctx).get(record.Id)?.taggedAt ?? NEVER },
  };
}

/** Newest first. A step that is an image of this store (it was committed or built here) has its id and tags. Throws NOT_FOUND. */
export async function history(ctx: Context, name: string): Promise<HistoryItem[]> {
  const record = findImage(ctx, name);
  const names = namesById(ctx);
  const items: HistoryItem[] = [];
  let layer = 0;
  for (const step of record.config.history ?? []) {
    const size = step.empty_layer ? 0 : (record.layers[layer++]?.sizeBytes ?? 0);
    items.unshift({
      Id: '<missing>',
      Created: secondsOf(step.created),
      CreatedBy: step.created_by ?? '',
      Tags: null,
      Size: size,
      Comment: step.comment ?? '',
    });
  }
  // An image without history still shows its layers.
  for (; layer < record.layers.length; layer++) items.unshift(bareItem(record, layer));
  nameSteps(ctx, record, items, (id) => names.get(id)?.tags ?? []);
  return items;
}

function bareItem(record: ImageRecord, layer: number): HistoryItem {
  const Size = record.layers[layer]!.sizeBytes;
  return { Id: '<missing>', Created: createdSeconds(record), CreatedBy: '', Tags: null, Size, Comment: '' };
}

function secondsOf(time: string | undefined): number {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

/** Follows the chain of parents: each ancestor is the step at which its own history ended. */
function nameSteps(
  ctx: Context,
  record: ImageRecord,
  items: HistoryItem[],
  tagsOf: (id: string) => string[],
): void {
  const documents = imageDocuments(ctx);
  const total = items.length;
  const seen = new Set<string>();
  for (let image: ImageRecord | undefined = record; image !== undefined && !seen.has(image.Id); ) {
    seen.add(image.Id);
    const length =
      image === record ? total : Math.max(image.config.history?.length ?? 0, image.layers.length);
    const item = items[total - length];
    if (item !== undefined && item.Id === '<missing>') {
      item.Id = image.Id;
      const tags = tagsOf(image.Id);
      if (tags.length > 0) item.Tags = tags;
    }
    image = image.parent === '' ? undefined : documents.get(image.parent);
  }
}
