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
  /** bytes of the files' content, as `docker images` counts them */
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
  /** Names who uses the mount (a container id, 'cp:PID'); mounting twice with one holder is one use. */
  holder: string;
}

export interface LayerStore {
  /** Plain, gzip or zstd tar (told by its first bytes). Throws LayerError; nothing is left behind when it does. */
  ingest(stream: Readable, options?: IngestOptions): Promise<Layer>;
  getLayer(diffId: DiffId): Promise<Layer | undefined>;
  listLayers(): Promise<Layer[]>;
  removeLayer(diffId: DiffId): Promise<void>;

  /** `layers` bottom first, 127 at most here (overlayfs and one page of mount options), none = empty root. */
  createArea(key: string, layers: readonly DiffId[]): Promise<void>;
  hasArea(key: string): Promise<boolean>;
  removeArea(key: string): Promise<void>;
  /** Mounts the area (once for all holders) and returns the absolute path of its root. */
  mount(key: string, options: MountOptions): Promise<string>;
  /** Ends one holder's use. Unknown holders and unmounted areas are no error. */
  unmount(key: string, options: MountOptions): Promise<void>;
  /** Reads only the upper directory. In path order. */
  diff(key: string): Promise<LayerChange[]>;
  /** The upper directory as an OCI layer tar (whiteouts as .wh. entries), deterministic order. Can be mounted meanwhile. */
  diffTar(key: string, options?: { exclude?: readonly string[]; signal?: AbortSignal }): Promise<Readable>;
  /** Bytes written into the area. */
  areaUsage(key: string): Promise<number>;
  /** Unmounts what dead processes left mounted and removes unfinished ingests and areas not in `keep`. */
  sweep(keep: { areas: ReadonlySet<string>; layers: ReadonlySet<DiffId> }): Promise<void>;
}
