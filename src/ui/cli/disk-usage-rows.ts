/** The rows of `system df` and its lists, with Docker's fields (docker/cli formatter/disk_usage.go). Pure. */
import type { BuildCacheItem, DiskUsage, ImageSummary, UsageOf, VolumeUsage } from '../../engine/index.ts';
import { shortId } from '../format/names.ts';
import { goTime } from '../format/times.ts';
import { ago, humanSize } from '../format/units.ts';
import { type Listing, labelFields, type Row } from './listing.ts';
import { rowOf as containerRow } from './verbs/ps.ts';

const SUMMARY_HEADERS = {
  Type: 'TYPE',
  TotalCount: 'TOTAL',
  Active: 'ACTIVE',
  Size: 'SIZE',
  Reclaimable: 'RECLAIMABLE',
};

/** A row a kind. */
export function summaryListing({ Images, Containers, Volumes, BuildCache }: DiskUsage): Listing {
  return {
    headers: SUMMARY_HEADERS,
    columns: Object.keys(SUMMARY_HEADERS),
    rows: [
      summaryRow('Images', Images),
      summaryRow('Containers', Containers),
      summaryRow('Local Volumes', Volumes),
      { ...summaryRow('Build Cache', BuildCache), Reclaimable: humanSize(BuildCache.Reclaimable) },
    ],
    type: '*formatter.diskUsageImagesContext',
  };
}

function summaryRow(Type: string, usage: UsageOf<unknown>): Row {
  const { TotalCount, ActiveCount, TotalSize, Reclaimable } = usage;
  return {
    Type,
    TotalCount: String(TotalCount),
    Active: String(ActiveCount),
    Size: humanSize(TotalSize),
    Reclaimable: `${humanSize(Reclaimable)}${shareText(Reclaimable, TotalSize)}`,
  };
}

/** Whole per cent, cut as Go's integers are; none of nothing. */
const shareText = (part: number, whole: number): string =>
  whole > 0 ? ` (${Math.floor((part * 100) / whole)}%)` : '';

/** A list of `-v`. */
export interface Section extends Listing {
  /** its name in templates and JSON */
  name: 'Images' | 'Containers' | 'Volumes' | 'BuildCache';
  title: string;
}

/** `isWhole`: ids in full, as templates and JSON have them. */
export function sections(
  { Images, Containers, Volumes, BuildCache }: DiskUsage,
  isWhole: boolean,
): Section[] {
  const type = '*formatter.diskUsageContext';
  return [
    {
      name: 'Images',
      title: 'Images space usage:',
      headers: IMAGE_HEADERS,
      columns: Object.keys(IMAGE_HEADERS),
      rows: Images.Items.map((image) => imageRow(image, isWhole)),
      type,
    },
    {
      name: 'Containers',
      title: 'Containers space usage:',
      headers: CONTAINER_HEADERS,
      columns: Object.keys(CONTAINER_HEADERS),
      rows: Containers.Items.map((container) => containerRow(container, isWhole)),
      type,
    },
    {
      name: 'Volumes',
      title: 'Local Volumes space usage:',
      headers: VOLUME_HEADERS,
      columns: Object.keys(VOLUME_HEADERS),
      rows: Volumes.Items.map(volumeRow),
      type,
    },
    {
      name: 'BuildCache',
      title: `Build cache usage: ${humanSize(BuildCache.TotalSize)}`,
      headers: CACHE_HEADERS,
      columns: Object.keys(CACHE_HEADERS),
      rows: BuildCache.Items.map((item) => cacheRow(item, isWhole)),
      type,
    },
  ];
}

const IMAGE_HEADERS = {
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  ID: 'IMAGE ID',
  CreatedSince: 'CREATED',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
  Containers: 'CONTAINERS',
};

/** Only the first of its tags. */
function imageRow(image: ImageSummary, isWhole: boolean): Row {
  const [, repository = '<none>', tag = '<none>'] = /^(.*):([^:]*)$/.exec(image.RepoTags[0] ?? '') ?? [];
  return {
    Repository: repository,
    Tag: tag,
    Digest: '',
    ID: isWhole ? image.Id : shortId(image.Id),
    CreatedSince: ago(image.Created * 1000, Date.now()),
    // only when somebody asks: the zone's name costs 14 ms
    get CreatedAt() {
      return goTime(image.Created);
    },
    Size: humanSize(image.Size, 3),
    VirtualSize: humanSize(image.VirtualSize),
    SharedSize: humanSize(image.SharedSize),
    UniqueSize: humanSize(image.Size - image.SharedSize),
    Containers: String(image.Containers),
  };
}

const CONTAINER_HEADERS = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  LocalVolumes: 'LOCAL VOLUMES',
  Size: 'SIZE',
  RunningFor: 'CREATED',
  Status: 'STATUS',
  Names: 'NAMES',
};

const VOLUME_HEADERS = { Name: 'VOLUME NAME', Links: 'LINKS', Size: 'SIZE' };

function volumeRow({ Name, Driver, Scope, Mountpoint, Labels, UsageData }: VolumeUsage): Row {
  return {
    Name,
    Driver,
    Scope,
    Mountpoint,
    ...labelFields(Labels),
    Links: String(UsageData.RefCount),
    Size: UsageData.Size < 0 ? 'N/A' : humanSize(UsageData.Size),
  };
}

const CACHE_HEADERS = {
  ID: 'CACHE ID',
  CacheType: 'CACHE TYPE',
  Size: 'SIZE',
  CreatedSince: 'CREATED',
  LastUsedSince: 'LAST USED',
  UsageCount: 'USAGE',
  Shared: 'SHARED',
};

/** A star marks what a build under way uses. */
function cacheRow(item: BuildCacheItem, isWhole: boolean): Row {
  const { LastUsedAt } = item;
  return {
    ID: `${isWhole ? item.ID : shortId(item.ID)}${item.InUse ? '*' : ''}`,
    Parent: item.Parent,
    CacheType: item.Type,
    Description: item.Description,
    Size: humanSize(item.Size),
    CreatedAt: utcTime(item.CreatedAt),
    CreatedSince: ago(Date.parse(item.CreatedAt), Date.now()),
    LastUsedAt: LastUsedAt === null ? '' : utcTime(LastUsedAt),
    LastUsedSince: LastUsedAt === null ? '' : ago(Date.parse(LastUsedAt), Date.now()),
    UsageCount: String(item.UsageCount),
    InUse: String(item.InUse),
    Shared: String(item.Shared),
  };
}

/** As Go prints a time in UTC. */
const utcTime = (time: string): string => time.replace('T', ' ').replace(/Z$/, ' +0000 UTC');
