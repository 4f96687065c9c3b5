/** The engine as its users see it. Everything is async and serialisable but for streams. */
import type { PathOptions, Paths } from '../config.ts';
import type { Builder } from './build.ts';
import type { Containers } from './containers.ts';
import type { EngineEvent } from './events.ts';
import type { Filters, Images } from './images.ts';
import type { Networks, Volumes } from './networks.ts';
import type { Job } from './progress.ts';
import type { CheckOptions, CheckReport, DiskUsage, PruneKind, PrunePlan, PruneScope } from './system.ts';

export interface EngineOptions extends PathOptions {
  /** argv prefix that runs this boxtop again ('node', 'dist/main.js'): used by the monitor's exit command */
  self?: string[];
}

export interface SystemInfo {
  [field: string]: unknown;
  ID: string;
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  ServerVersion: string;
  Warnings: string[];
}

export interface System {
  /** GET /info; names what is missing on this machine in Warnings, one line each with what to install */
  info(): Promise<SystemInfo>;
  /** GET /version: Components engine, runtime, monitor, network helper */
  version(): Promise<Record<string, unknown>>;
  /** GET /system/df: what the store takes of the disk, measured now. Throws CANCELED. */
  diskUsage(options?: { signal?: AbortSignal }): Promise<DiskUsage>;
  /** Proves the store: blobs' digests, and that records and files belong to each other. Throws CANCELED. */
  check(options?: CheckOptions): Job<CheckReport>;
  /** What pruning these kinds, one after the other, would remove now. Changes nothing. Throws INVALID_ARGUMENT, CANCELED. */
  prunePlan(kinds: readonly PruneKind[], scope?: PruneScope): Promise<PrunePlan[]>;
  /** Follows events; history first when `since` is given. Ends at `until` or abort. */
  events(options?: {
    since?: string;
    until?: string;
    filters?: Filters;
    signal?: AbortSignal;
  }): AsyncIterable<EngineEvent>;
  /**
   * Fires (coalesced, once per change) with the newest events, also those of other processes: with all from the call on, but not before
   * `after`.
   */
  watch(listener: (event: EngineEvent) => void, signal: AbortSignal, after?: Promise<unknown>): void;
  /** Internal: the store's background process. Checks health and restarts containers until there is nothing of that to do. */
  supervise(): Promise<void>;
}

export interface Engine {
  readonly paths: Paths;
  readonly images: Images;
  readonly containers: Containers;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly system: System;
  readonly builder: Builder;
  close(): Promise<void>;
}
