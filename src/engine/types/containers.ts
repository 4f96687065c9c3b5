/** Container verbs and their shapes: Docker API 1.41 names and meanings. */
import type { Readable } from 'node:stream';
import type {
  ContainerConfig,
  ContainerCreate,
  ContainerUpdate,
  EndpointSettings,
  HostConfig,
  PortBinding,
} from './config.ts';
import type { Change, CommitOptions, PathStat } from './container-files.ts';
import type { ContainerHealth } from './health.ts';
import type { Filters } from './images.ts';
import type { LogLine, LogOptions, RawLogOptions } from './logs.ts';
import type { Job } from './progress.ts';
import type { ContainerSample } from './stats.ts';

export type ContainerStatus =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** Docker's State object. Times are RFC 3339 with nanoseconds, '0001-01-01T00:00:00Z' = never. */
export interface ContainerState {
  Status: ContainerStatus;
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  Dead: boolean;
  Pid: number;
  ExitCode: number;
  Error: string;
  StartedAt: string;
  FinishedAt: string;
  /** absent without a health check */
  Health?: ContainerHealth;
}

export interface PublishedPort {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

export interface MountPoint {
  Type: 'bind' | 'volume' | 'tmpfs';
  /** volume name */
  Name?: string;
  Source: string;
  Destination: string;
  Driver?: string;
  Mode: string;
  RW: boolean;
  Propagation: string;
}

/** What another container calls a container it links to. */
export interface ContainerLink {
  Id: string;
  Alias: string;
  /** its last name, once it was removed */
  Name?: string;
}

/** The record of a container in the store (kind 'container', by Id). All that outlives a process is here. */
export interface ContainerRecord {
  Id: string;
  /** RFC 3339 with nanoseconds */
  Created: string;
  /** without the leading slash */
  Name: string;
  Path: string;
  Args: string[];
  State: ContainerState;
  /** image id 'sha256:…' */
  Image: string;
  /** diffIDs of the image, bottom first */
  Layers: string[];
  Platform: string;
  Driver: string;
  MountLabel: string;
  RestartCount: number;
  /** merged with the image's config */
  Config: ContainerConfig;
  /** with defaults filled in */
  HostConfig: HostConfig;
  /** `--link` on the default bridge; HostConfig has none, they follow the others' names */
  Links?: ContainerLink[];
  Mounts: MountPoint[];
  /** anonymous volumes made for this container, removed by rm -v and --rm */
  AnonymousVolumes: string[];
  NetworkSettings: {
    Ports: Record<string, PortBinding[] | null>;
    Networks: Record<string, EndpointSettings>;
    SandboxKey: string;
    /** netavark's input of the last setup, needed to tear down; absent when nothing is set up */
    Sandbox?: unknown;
  };
  /** who stopped it: a stop by the user keeps restart policies quiet */
  StoppedByUser: boolean;
  /** a stop or kill by the user ended the policy until the next start; a mere signal leaves `always` alone */
  RestartCanceled?: boolean;
  /** asked to end: not every signal of a user does that, and a failing health check changes nothing about it */
  IsEnding?: boolean;
  /** the policy's last delay; `dueAtMs` (since 1970) while it is restarting */
  Restart?: { delayMs: number; dueAtMs?: number };
  /** a process that is restarting it: as long as that lives, its end is none: --rm does not remove it, followers of its log stay */
  RestartedBy?: { pid: number; started: string };
  ExecIDs: string[];
  /** a step of a build, which this process runs: not listed, and removed when the process is gone */
  Build?: { pid: number; started: string };
}

/** GET /containers/json */
export interface ContainerSummary {
  Id: string;
  /** with the leading slash; its own comes first, then those of links ('/parent/alias') */
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  /** seconds since 1970 */
  Created: number;
  Ports: PublishedPort[];
  SizeRw?: number;
  SizeRootFs?: number;
  Labels: Record<string, string>;
  State: ContainerStatus;
  /** 'Up 2 hours', 'Exited (0) 5 minutes ago' */
  Status: string;
  /** ended by the kernel for want of memory; Docker tells only in `inspect` */
  OOMKilled?: true;
  HostConfig: { NetworkMode: string };
  NetworkSettings: { Networks: Record<string, EndpointSettings> };
  Mounts: MountPoint[];
}

/** GET /containers/ID/json: the record in Docker's order and spelling, with fields that follow from it. */
export type ContainerInspect = Record<string, unknown> & {
  Id: string;
  Name: string;
  State: ContainerState;
  Config: ContainerConfig;
};

export type OutputStream = 'stdout' | 'stderr';

export interface OutputChunk {
  stream: OutputStream;
  data: Buffer;
}

/** A live connection to a container's or exec's stdio. With a tty all output is 'stdout'. */
export interface AttachStream {
  /** Ends when the process has ended and all output was read, or after `close`. Slow reading slows the process, nothing is dropped. */
  readonly output: AsyncIterable<OutputChunk>;
  /** Resolves when the bytes are accepted (backpressure). */
  write(data: Uint8Array): Promise<void>;
  /** End of our input; closes the process's stdin when it was opened once (`-i` without tty). */
  closeInput(): void;
  resize(rows: number, cols: number): Promise<void>;
  /** Detaches; the process goes on. */
  close(): void;
}

/** A program that shows something on a terminal: run it in a pty or exec it in the shell's place. */
export interface Program {
  file: string;
  args: string[];
  env?: Record<string, string>;
}

export interface ExecCreate {
  Cmd: string[];
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  Tty?: boolean;
  Env?: string[];
  User?: string;
  WorkingDir?: string;
  Privileged?: boolean;
  DetachKeys?: string;
}

export interface ExecInspect {
  ID: string;
  ContainerID: string;
  Running: boolean;
  ExitCode: number | null;
  Pid: number;
}

/** A container that was to be started or stopped. */
export interface BootResult {
  Id: string;
  Name: string;
  /** why it could not be */
  Error?: string;
}

export interface Containers {
  /** Throws NOT_FOUND (image: exitCode 125), CONFLICT (name), INVALID_ARGUMENT. The image must be here; pulling is the caller's. */
  create(
    body: ContainerCreate,
    options?: { name?: string; platform?: string },
  ): Promise<{ Id: string; Warnings: string[] }>;
  /** With `attach` the stream is connected before the process starts, so no output is missed. Errors carry exitCode 125/126/127. */
  start(
    id: string,
    options?: { attach?: boolean; size?: { rows: number; cols: number }; signal?: AbortSignal },
  ): Promise<AttachStream | undefined>;
  /** STOPSIGNAL, then SIGKILL after `timeout` seconds (-1: never). */
  /** `stopSignal` instead of the container's own */
  stop(id: string, options?: { timeout?: number; stopSignal?: string; signal?: AbortSignal }): Promise<void>;
  restart(
    id: string,
    options?: { timeout?: number; stopSignal?: string; signal?: AbortSignal },
  ): Promise<void>;
  kill(id: string, options?: { signal?: string }): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  wait(
    id: string,
    options?: { condition?: 'not-running' | 'next-exit' | 'removed'; signal?: AbortSignal },
  ): Promise<{ StatusCode: number }>;
  rename(id: string, name: string): Promise<void>;
  /** Limits and restart policy, live when it runs; all of it or, when one value is refused, nothing. */
  update(id: string, change: ContainerUpdate): Promise<{ Warnings: string[] }>;
  remove(id: string, options?: { force?: boolean; volumes?: boolean; link?: boolean }): Promise<void>;
  list(options?: {
    all?: boolean;
    limit?: number;
    size?: boolean;
    filters?: Filters;
  }): Promise<ContainerSummary[]>;
  inspect(id: string, options?: { size?: boolean }): Promise<ContainerInspect>;
  logs(id: string, options?: LogOptions): AsyncIterable<LogLine[]>;
  /** The same as bytes to print: chunks of one stream each, in the order they were written. Lines are never cut. */
  rawLogs(id: string, options?: RawLogOptions): AsyncIterable<OutputChunk[]>;
  attach(id: string): Promise<AttachStream>;
  resize(id: string, rows: number, cols: number): Promise<void>;
  execCreate(id: string, body: ExecCreate): Promise<{ Id: string }>;
  /** Without `attach` the process runs detached and undefined is returned. `signal` ends the wait for the runtime, and that. */
  execStart(
    execId: string,
    options?: { attach?: boolean; size?: { rows: number; cols: number }; signal?: AbortSignal },
  ): Promise<AttachStream | undefined>;
  execInspect(execId: string): Promise<ExecInspect>;
  /** Resolves with the exit code of an exec started here or elsewhere. */
  execWait(execId: string, options?: { signal?: AbortSignal }): Promise<number>;
  /** `silent`: no event, for who looks again and again. */
  top(
    id: string,
    psArgs?: string[],
    options?: { silent?: boolean },
  ): Promise<{ Titles: string[]; Processes: string[][] }>;
  diff(id: string): Promise<Change[]>;
  export(id: string, options?: { signal?: AbortSignal }): Promise<Readable>;
  commit(id: string, options?: CommitOptions): Job<{ imageId: string }>;
  statPath(id: string, path: string): Promise<PathStat>;
  /** A tar stream of the path, its last component being the first entry. */
  readArchive(
    id: string,
    path: string,
    options?: { followLink?: boolean; signal?: AbortSignal },
  ): Promise<{ stat: PathStat; stream: Readable }>;
  /** Unpacks a tar stream into the directory `path`. */
  writeArchive(
    id: string,
    path: string,
    stream: Readable,
    options?: { noOverwriteDirNonDir?: boolean; copyUidGid?: boolean; signal?: AbortSignal },
  ): Promise<void>;
  /** Starts what its restart policy brings back after the machine's start; records the end of what it took down. */
  boot(): Promise<BootResult[]>;
  /** Stops all that runs, for the next `boot` to start again. */
  shutDown(): Promise<BootResult[]>;
  /** `signal` ends it between two containers. */
  prune(options?: {
    filters?: Filters;
    signal?: AbortSignal;
  }): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }>;
  /**
   * One sample each of the containers named, or of all that run (`all`: of all there are), newest first. CPU needs two (Docker's formula is
   * the caller's). A named one that is not there (any more) is undefined.
   */
  stats(options?: { names?: readonly string[]; all?: boolean }): Promise<(ContainerSample | undefined)[]>;
  /** Internal: what conmon's exit command runs. Records the exit, releases network and mounts, applies --rm. Idempotent. */
  handleExit(id: string): Promise<void>;
  /** Internal: what the store's watcher runs. Rotates logs, records the end of containers whose monitor was killed, and OOM kills. */
  tend(): Promise<void>;
}
