/**
 * The contract of a layer store: layers on disk, and writable areas stacked on them.
 *
 * Life of a layer: a tar stream goes through `ingest`; only when it has been read to its end and its digest agrees does the
 * layer become visible, named by its diffID. A layer never changes. It is removed with `removeLayer` when nobody uses it.
 * Life of a writable area: `createArea(key, layers)` → `mount` / `unmount` any number of times, also by several processes at
 * once (holders are counted; the last one unmounts) → `removeArea`. What was written stays in the area between mounts.
 * Every implementation passes test/layerfs/conformance.ts.
 */
import type { Readable } from 'node:stream';

/** 'sha256:' + 64 lower-case hex digits: digest of the layer's uncompressed tar. */
export type DiffId = string;

export interface Layer {
  diffId: DiffId;
  /** bytes of the files' content as the archive's headers say (holes count, hard links don't), as `docker images` counts them */
  sizeBytes: number;
}

export interface IngestOptions {
  /** The layer is refused (DATA_LOSS) when its tar has another digest. */
  expectedDiffId?: DiffId;
  /** Uncompressed bytes after which the stream is refused (RESOURCE_EXHAUSTED). */
  maxBytes?: number;
  signal?: AbortSignal;
}

/** A path that differs from the layers below. */
export interface LayerChange {
  /** absolute inside the root: '/etc/passwd' */
  path: string;
  kind: 'modified' | 'added' | 'deleted';
}

export interface MountOptions {
  /**
   * Names who uses the mount; mounting twice with one holder is one use. A name that ends in ':PID' ('cp:4711') counts only while
   * that process lives; others ('CONTAINER_ID') until `unmount`, or until the mount is gone (reboot, umount by hand).
   */
  holder: string;
}

export interface PathStat {
  type: 'file' | 'directory' | 'symlink' | 'other';
  /** permission bits (0o7777) */
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
}

/** Where a path leads in a stack of layers, as overlayfs would show it. */
export interface PathLookup {
  /** absolute, symlinks followed inside the root; what does not exist is kept as written */
  path: string;
  /** what is there; undefined = nothing */
  found: PathStat | undefined;
  /** the existing directories on the way, from the root down (the root left out), the path itself included when it is one */
  parents: ({ path: string } & PathStat)[];
}

export interface PathEntry extends PathStat {
  /** where a symlink leads; '' for all else */
  linkTarget: string;
}

/** Something that is in the root of an area whatever the layers say, and no change of the area. */
export interface Fixture {
  /** absolute inside the root: '/etc/hosts'; its parents are made too */
  path: string;
  /** a file is empty, with mode 0755 */
  type: 'file' | 'directory' | 'symlink';
  /** where a symlink leads */
  link?: string;
}

/** Absolute paths of a writable area, for who looks at it by hand. */
export interface AreaPaths {
  /** topmost first */
  lower: string[];
  upper: string;
  work: string;
  /** where it is mounted while somebody holds it */
  merged: string;
}

/** Something that can't be used as it is. `name`: a diffID, or an area's key. */
export interface StoreFault {
  kind: 'layer' | 'area';
  name: string;
  /** 'its files are missing' */
  message: string;
  isRepairable: boolean;
  isRepaired: boolean;
}

export interface StoreAudit {
  faults: StoreFault[];
  /** all areas: whether they are mounted and who uses that, and whether the process that made them still lives */
  areas: { key: string; isMounted: boolean; holders: string[]; isCreatorAlive: boolean }[];
}

export interface LayerStore {
  /**
   * Plain, gzip, zstd, xz or bzip2 tar (told by its first bytes). The stream is read to its end or destroyed. Hostile archives can
   * do nothing outside the layer: names are resolved in its root, whiteouts checked, overlayfs's attributes dropped. When the
   * layer is there already, it stays as it is. Nothing is left behind when it throws:
   * INVALID_ARGUMENT (an entry that is refused), DATA_LOSS (damaged, cut or no tar, wrong digest), RESOURCE_EXHAUSTED (larger than
   * maxBytes, disk full), CANCELED, PERMISSION_DENIED, UNAVAILABLE (tar, xz or bzip2 is not installed).
   */
  ingest(stream: Readable, options?: IngestOptions): Promise<Layer>;
  getLayer(diffId: DiffId): Promise<Layer | undefined>;
  /** Whether the layer is here: one look, nothing is read. */
  hasLayer(diffId: DiffId): Promise<boolean>;
  /** Whether all are here. */
  hasLayers(diffIds: Iterable<DiffId>): Promise<boolean>;
  listLayers(): Promise<Layer[]>;
  /** Unknown layers are no error. Throws FAILED_PRECONDITION while an area stands on it. */
  removeLayer(diffId: DiffId): Promise<void>;

  /** Looks a path up without mounting. Throws INVALID_ARGUMENT when a file stands where a directory must be. */
  lookup(layers: readonly DiffId[], path: string): Promise<PathLookup>;
  /** What lies at `path` itself: no symlink is followed, not even on the way. undefined = nothing. */
  entryAt(layers: readonly DiffId[], path: string): Promise<PathEntry | undefined>;
  /** A regular file's content; undefined when there is none. Throws RESOURCE_EXHAUSTED over `limitBytes`. */
  readFile(
    layers: readonly DiffId[],
    file: { path: string; limitBytes: number },
  ): Promise<Buffer | undefined>;

  /**
   * `layers` bottom first, 127 at most here (overlayfs and one page of mount options), none = empty root. `key` is one path
   * component of letters, digits, '_', '.', '-'. A directory of the layers stays where a fixture would be. Throws ALREADY_EXISTS,
   * NOT_FOUND (a layer), FAILED_PRECONDITION (too many).
   */
  createArea(key: string, layers: readonly DiffId[], fixtures?: readonly Fixture[]): Promise<void>;
  hasArea(key: string): Promise<boolean>;
  /** undefined = there is no such area. */
  areaPaths(key: string): Promise<AreaPaths | undefined>;
  /** Also while it is mounted. Unknown areas are no error. */
  removeArea(key: string): Promise<void>;
  /** Mounts the area (once for all holders) and returns the absolute path of its root. */
  mount(key: string, options: MountOptions): Promise<string>;
  /** Ends one holder's use. Unknown holders and unmounted areas are no error. */
  unmount(key: string, options: MountOptions): Promise<void>;
  /** What was written: reads only the upper directory and looks its names up in the layers. In path order. */
  diff(key: string): Promise<LayerChange[]>;
  /** The upper directory as an OCI layer tar (whiteouts as .wh. entries), deterministic order. Can be mounted meanwhile. */
  diffTar(key: string, options?: { exclude?: readonly string[]; signal?: AbortSignal }): Promise<Readable>;
  /** Bytes written into the area. Throws NOT_FOUND, CANCELED. */
  areaUsage(key: string, signal?: AbortSignal): Promise<number>;
  /** Compares records with the disk; with `repair` what can be made anew from the rest is. What others are just making may show. */
  audit(options?: { repair?: boolean }): Promise<StoreAudit>;
  /**
   * Unmounts what only dead processes held; removes unfinished ingests of dead processes, and areas and layers that are not in
   * `keep` (all are kept without it). What a process that still lives has created stays (its record may not be written yet), and so do layers of areas
   * that stay.
   */
  sweep(keep?: { areas: ReadonlySet<string>; layers: ReadonlySet<DiffId> }): Promise<void>;
}
