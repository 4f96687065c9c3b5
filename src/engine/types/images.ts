/** Image verbs and their shapes: Docker API 1.41 names and meanings. */
import type { Readable } from 'node:stream';
import type { ImageRunConfig } from './config.ts';
import type { Job } from './progress.ts';

/** Filters as in Docker's API: name → values (any of them matches), e.g. { dangling: ['true'] }. */
export type Filters = Record<string, string[]>;

/** GET /images/json */
export interface ImageSummary {
  /** 'sha256:' + 64 hex: digest of the image config */
  Id: string;
  ParentId: string;
  /** familiar form: 'busybox:latest', 'localhost:5000/a/b:1'; empty when dangling */
  RepoTags: string[];
  /** 'busybox@sha256:…' */
  RepoDigests: string[];
  /** seconds since 1970 */
  Created: number;
  /** bytes of all layers, unpacked */
  Size: number;
  SharedSize: number;
  VirtualSize: number;
  Labels: Record<string, string>;
  /** number of containers using it */
  Containers: number;
}

/** GET /images/NAME/json */
export interface ImageInspect {
  Id: string;
  RepoTags: string[];
  RepoDigests: string[];
  Parent: string;
  Comment: string;
  /** RFC 3339 with nanoseconds */
  Created: string;
  Container: string;
  ContainerConfig: ImageRunConfig;
  DockerVersion: string;
  Author: string;
  Config: ImageRunConfig;
  Architecture: string;
  Variant?: string;
  Os: string;
  Size: number;
  VirtualSize: number;
  GraphDriver: { Name: string; Data: Record<string, string> | null };
  RootFS: { Type: 'layers'; Layers: string[] };
  Metadata: { LastTagTime: string };
}

/** GET /images/NAME/history; newest first */
export interface HistoryItem {
  /** image id, or '<missing>' */
  Id: string;
  Created: number;
  CreatedBy: string;
  Tags: string[] | null;
  Size: number;
  Comment: string;
}

export type RemovedImage = { Untagged: string } | { Deleted: string };

export interface PullOptions {
  /** 'linux/arm64/v8'; this machine's when absent */
  platform?: string;
  allTags?: boolean;
  signal?: AbortSignal;
}

export interface PullResult {
  /** digest of the manifest or index the tag points at */
  digest: string;
  imageId: string;
  /** false: 'Image is up to date' */
  isNewer: boolean;
  /** canonical reference without familiar shortening: 'docker.io/library/busybox:latest' */
  reference: string;
}

export interface PushResult {
  digest: string;
  /** bytes of the manifest */
  size: number;
  tag: string;
}

export interface ImportOptions {
  /** 'repo:tag'; untagged when absent */
  reference?: string;
  message?: string;
  /** Dockerfile instructions, e.g. 'CMD ["sh"]' */
  changes?: string[];
  platform?: string;
  signal?: AbortSignal;
}

export interface Images {
  /** Pull, push and import yield all of Docker's lines, `Digest:`, `Status:` and `TAG: digest: …` included. Throws NOT_FOUND, INVALID_ARGUMENT, UNAUTHENTICATED, UNAVAILABLE, DATA_LOSS (digest). */
  pull(name: string, options?: PullOptions): Job<PullResult[]>;
  push(name: string, options?: { allTags?: boolean; signal?: AbortSignal }): Job<PushResult[]>;
  list(options?: { all?: boolean; filters?: Filters }): Promise<ImageSummary[]>;
  inspect(name: string): Promise<ImageInspect>;
  history(name: string): Promise<HistoryItem[]>;
  tag(source: string, target: string): Promise<void>;
  /** Docker's rules for ids, several tags, containers using it (CONFLICT). */
  remove(name: string, options?: { force?: boolean; noPrune?: boolean }): Promise<RemovedImage[]>;
  prune(options?: {
    all?: boolean;
    filters?: Filters;
    signal?: AbortSignal;
  }): Promise<{ ImagesDeleted: RemovedImage[]; SpaceReclaimed: number }>;
  /** A tar stream (plain, gzip, zstd, xz, bzip2), or the one at an http(s) URL, becomes a one-layer image. */
  import(source: Readable | URL, options?: ImportOptions): Job<{ imageId: string }>;
  login(options: {
    server: string;
    username: string;
    password: string;
    signal?: AbortSignal;
  }): Promise<{ status: string }>;
  logout(server: string): Promise<{ removed: boolean }>;
}
