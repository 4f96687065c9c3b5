/** What the store takes of the disk: GET /system/df. */
import type { ContainerSummary } from './containers.ts';
import type { Filters, ImageSummary } from './images.ts';
import type { VolumeInfo } from './networks.ts';

/** One kind of objects; sizes in bytes. Names as in Docker API 1.52. */
export interface UsageOf<T> {
  TotalCount: number;
  /** used by a container, running, or of a build under way */
  ActiveCount: number;
  /** what all of them take of the disk, shared parts counted once */
  TotalSize: number;
  /** what no container and no build uses: what `system prune -a --volumes` gives back, beside what stopped containers hold */
  Reclaimable: number;
  Items: T[];
}

/** A volume, its users and its size; Size is -1 where the files lie elsewhere (driver options). */
export type VolumeUsage = VolumeInfo & { UsageData: { RefCount: number; Size: number } };

/** Docker's types.BuildCache. Times are RFC 3339. */
export interface BuildCacheItem {
  ID: string;
  Parent: string;
  Type: 'regular' | 'exec.cachemount';
  Description: string;
  InUse: boolean;
  /** an image has the layer too: its bytes count there, and Size is what it would take alone */
  Shared: boolean;
  Size: number;
  CreatedAt: string;
  LastUsedAt: string | null;
  UsageCount: number;
}

/**
 * An image's Size is all it has on the disk (unpacked layers, and the archives they came in), SharedSize the part that other images
 * have too. A container's SizeRw is what it wrote, its log included.
 */
export interface DiskUsage {
  Images: UsageOf<ImageSummary>;
  Containers: UsageOf<ContainerSummary>;
  Volumes: UsageOf<VolumeUsage>;
  BuildCache: UsageOf<BuildCacheItem>;
}

export type PruneKind = 'container' | 'network' | 'volume' | 'image' | 'builder';

export interface PruneScope {
  all?: boolean;
  filters?: Filters;
  /** of the build cache: what was used last stays, up to so many bytes */
  keepBytes?: number;
  signal?: AbortSignal;
}

/** What a prune of one kind would remove now. */
export interface PrunePlan {
  Kind: PruneKind;
  /** Detail: a container's status. Size: what it takes alone, in bytes; undefined: nothing that is measured */
  Items: { Name: string; Detail?: string; Size?: number }[];
  /** what all of them together give back */
  Size: number;
}

export interface CheckOptions {
  /** puts right what can be without losing anything of use */
  repair?: boolean;
  /** blobs are not read: sizes and presence only */
  quick?: boolean;
  signal?: AbortSignal;
}

export interface CheckProblem {
  /** 'image busybox:latest', 'blob sha256:…' */
  Object: string;
  Message: string;
  /** what to do */
  Hint: string;
  Repair: 'none' | 'possible' | 'done';
}

/** What was looked at, and what is wrong with it. */
export interface CheckReport {
  Images: number;
  Containers: number;
  Volumes: number;
  Layers: number;
  Blobs: number;
  BlobBytes: number;
  Problems: CheckProblem[];
}
