/** The build verb: Docker's `build` options and the events of a build in progress. */
import type { Readable } from 'node:stream';
import type { Filters } from './images.ts';

/** Where the files of COPY and ADD come from. */
export type BuildContext =
  | { type: 'folder'; path: string }
  /** A git or http(s) URL, as Docker takes it. */
  | { type: 'url'; url: string }
  /** A tar stream (plain, gzip, bzip2, xz, zstd), or the text of a Dockerfile alone; told by its first bytes. */
  | { type: 'stream'; stream: Readable };

export interface BuildOptions {
  context: BuildContext;
  /** Path of the Dockerfile: inside the context, or anywhere for a folder. Default 'Dockerfile'. */
  dockerfile?: string;
  /** The text itself (`-f -`); wins over `dockerfile`. */
  dockerfileText?: string;
  tags?: string[];
  /** undefined = not given; who calls looks names without a value up in its environment */
  buildArgs?: Record<string, string | undefined>;
  labels?: Record<string, string>;
  target?: string;
  platform?: string;
  noCache?: boolean;
  pull?: boolean;
  /** of RUN steps: default | none | host | a network's name */
  network?: string;
  /** id → file on this machine */
  secrets?: Record<string, { file?: string; value?: Buffer }>;
  /** id → socket of an ssh agent */
  ssh?: Record<string, string>;
  addHosts?: string[];
  shmSizeBytes?: number;
  /** when an instruction fails, record the state before it as an untagged image: BuildFailure.lastGood */
  keepLastGood?: boolean;
  signal?: AbortSignal;
}

/** `step` is a number that stays the same for one step of one build. */
export type BuildEvent =
  | { type: 'step'; step: number; name: string; stage?: string }
  | { type: 'output'; step: number; stream: 'stdout' | 'stderr'; data: Buffer }
  /** bytes; `isDone` is the last one of its label. `current` 0 without a total: a line of text only. */
  | { type: 'progress'; step: number; label: string; current: number; total?: number; isDone?: boolean }
  | { type: 'done'; step: number; isCached: boolean; durationMs: number }
  | { type: 'failed'; step: number; message: string; isCanceled: boolean }
  | { type: 'warning'; message: string };

export interface BuildResult {
  imageId: string;
  tags: string[];
}

/** Why a build failed, for `--progress` and the screen. */
export interface BuildFailure {
  file: string;
  startLine: number;
  endLine: number;
  /** the lines around it: number, text, is it the instruction */
  excerpt: { line: number; text: string; isMarked: boolean }[];
  exitCode?: number;
  /** the state before the instruction, for a shell in it; only with `keepLastGood`, and where there is one */
  lastGood?: { imageId: string };
}

export interface BuildPruneOptions {
  all?: boolean;
  filters?: Filters;
  /** not used for so long */
  olderThanMs?: number;
  /** what was used last stays, up to so many bytes of the whole cache */
  keepBytes?: number;
  /** ends it between two objects */
  signal?: AbortSignal;
}

export interface Builder {
  /** Throws an error with a `failure` (BuildFailure) when an instruction failed. */
  build(options: BuildOptions): AsyncGenerator<BuildEvent, BuildResult, void>;
  /**
   * The paths that changed in a folder context (relative to it), a list a burst, until `signal`; first an empty list: now nothing is
   * missed. What .dockerignore leaves out does not count. Throws INVALID_ARGUMENT for other contexts.
   */
  watch(options: BuildOptions): AsyncGenerator<string[], void, void>;
  /**
   * Forgets steps and removes their layers, and the folders of cache mounts. Without `all`, steps of images stay; filters: until,
   * unused-for (durations or times), label, label!, id, type, description, inuse, shared. Throws INVALID_ARGUMENT.
   */
  prune(options?: BuildPruneOptions): Promise<{ CachesDeleted: string[]; SpaceReclaimed: number }>;
}
