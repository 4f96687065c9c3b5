/** Verb system df: what the store takes of the disk, every byte counted once. */
import { cacheItems, cacheSteps } from '../build/usage.ts';
import { list as listContainers } from '../containers/list.ts';
import { containerDocuments } from '../containers/records.ts';
import { bytesOnDisk } from '../containers/sizes.ts';
import type { Context } from '../context.ts';
import { storeSizes } from '../images/collect.ts';
import { digestsOf, digestsOfLayer } from '../images/digests.ts';
import { leasedDigests } from '../images/leases.ts';
import { list as listImages } from '../images/list.ts';
import { imageDocuments } from '../images/records.ts';
import type { ContainerSummary } from '../types/containers.ts';
import type { BuildCacheItem, DiskUsage, UsageOf, VolumeUsage } from '../types/system.ts';
import { toInfo, volumeDocuments, volumeUsers } from '../volumes/records.ts';
import { volumeBytes } from '../volumes/volume-usage.ts';
import { imageUsage, type StoreFacts } from './image-usage.ts';

/**
 * Layers count as they are recorded, archives by their files; what containers wrote, volumes and cache folders are measured.
 * Throws CANCELED.
 */
export async function diskUsage(ctx: Context, { signal }: { signal?: AbortSignal } = {}): Promise<DiskUsage> {
  const Containers = await containers(ctx, signal);
  const Volumes = await volumes(ctx, signal);
  const items = await cacheItems(ctx, signal);
  const facts = await storeFacts(ctx, items);
  const { images, cache } = imageUsage(facts);
  signal?.throwIfAborted();
  const summaries = await listImages(ctx);
  const Items = summaries.map((image) => {
    const { size, shared } = images.of(image.Id);
    return { ...image, Size: size, VirtualSize: size, SharedSize: shared };
  });
  const ActiveCount = Items.filter((image) => image.Containers > 0).length;
  const { TotalSize, Reclaimable } = images;
  const Images = { TotalCount: Items.length, ActiveCount, TotalSize, Reclaimable, Items };
  return { Images, Containers, Volumes, BuildCache: buildCache(items, cache) };
}

async function storeFacts(ctx: Context, items: readonly BuildCacheItem[]): Promise<StoreFacts> {
  const { sizes, ingestBytes } = await storeSizes(ctx);
  const inUse = new Set(items.filter(({ InUse }) => InUse).map(({ ID }) => ID));
  return {
    sizes,
    ingestBytes,
    images: imageDocuments(ctx)
      .all()
      .map((record) => ({ id: record.Id, parent: record.parent, digests: digestsOf(record) })),
    containers: containerDocuments(ctx)
      .all()
      .map(({ Image, Layers }) => ({ image: Image, layers: Layers })),
    steps: cacheSteps(ctx).map(({ key, layer }) => ({
      digests: digestsOfLayer(layer),
      isInUse: inUse.has(key),
    })),
    leased: leasedDigests(ctx),
  };
}

const isUp = ({ State }: ContainerSummary): boolean => ['running', 'paused', 'restarting'].includes(State);

async function containers(ctx: Context, signal: AbortSignal | undefined): Promise<UsageOf<ContainerSummary>> {
  const Items: ContainerSummary[] = [];
  for (const container of await listContainers(ctx, { all: true }))
    Items.push({ ...container, SizeRw: await bytesOnDisk(ctx, container.Id, signal) });
  const written = (list: ContainerSummary[]) => list.reduce((sum, { SizeRw = 0 }) => sum + SizeRw, 0);
  return {
    TotalCount: Items.length,
    ActiveCount: Items.filter(isUp).length,
    TotalSize: written(Items),
    Reclaimable: written(Items.filter((container) => !isUp(container))),
    Items,
  };
}

async function volumes(ctx: Context, signal: AbortSignal | undefined): Promise<UsageOf<VolumeUsage>> {
  const users = volumeUsers(ctx);
  const Items: VolumeUsage[] = [];
  for (const volume of volumeDocuments(ctx).all()) {
    const Size = (await volumeBytes(ctx, volume, signal)) ?? -1;
    Items.push({
      ...toInfo(ctx, volume),
      UsageData: { RefCount: users.get(volume.Name)?.length ?? 0, Size },
    });
  }
  const bytes = (list: VolumeUsage[]) =>
    list.reduce((sum, { UsageData }) => sum + Math.max(0, UsageData.Size), 0);
  const unused = Items.filter(({ UsageData }) => UsageData.RefCount === 0);
  return {
    TotalCount: Items.length,
    ActiveCount: Items.length - unused.length,
    TotalSize: bytes(Items),
    Reclaimable: bytes(unused),
    Items,
  };
}

/** `cache`: the steps' bytes that no image and no container counts; folders come on top. */
function buildCache(
  Items: BuildCacheItem[],
  cache: { TotalSize: number; Reclaimable: number },
): UsageOf<BuildCacheItem> {
  const folders = Items.filter(({ Type }) => Type === 'exec.cachemount');
  const bytes = (list: BuildCacheItem[]) => list.reduce((sum, { Size }) => sum + Size, 0);
  return {
    TotalCount: Items.length,
    ActiveCount: Items.filter(({ InUse }) => InUse).length,
    TotalSize: cache.TotalSize + bytes(folders),
    Reclaimable: cache.Reclaimable + bytes(folders.filter(({ InUse }) => !InUse)),
    Items,
  };
}
