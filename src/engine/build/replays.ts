/** What is kept of a build so that it can be told again (replay.ts). */
import type { Context } from '../context.ts';
import { openDocuments } from '../state/documents.ts';
import type { BuildEvent, BuildOptions } from '../types/build.ts';
import type { FoundStep } from './cache.ts';
import type { ContextFile } from './context-files.ts';
import type { Definition } from './definition.ts';

export interface Replay extends Inputs {
  id: string;
  events: BuildEvent[];
  imageId: string;
  /** milliseconds since 1970 */
  savedAt: number;
}

/** What a build depends on, beside its options and where its context lies. */
export interface Inputs {
  dockerfileText: string;
  ignorePatterns: string[];
  /** what the names of images stood for */
  bases: Base[];
  /** Made anew (--no-cache), a step may have another layer. */
  steps: FoundStep[];
  /** the files of the context, when the build asked for them: see `stampOf` */
  files?: string[];
}

export interface Base {
  name: string;
  imageId: string;
}

export const replays = (ctx: Context) => openDocuments<Replay>(ctx.state, 'build-replay');

/** What comes from elsewhere than a folder and the store may be another thing every time. */
export const isRepeatable = ({ context, noCache, pull, secrets = {}, ssh = {} }: BuildOptions): boolean =>
  context.type === 'folder' &&
  noCache !== true &&
  pull !== true &&
  Object.keys({ ...secrets, ...ssh }).length === 0;

/** The context, and every option that changes the result. */
export function idOf(options: BuildOptions, { root, dockerfileName }: Definition): string {
  const { buildArgs = {}, labels = {}, target, platform, network, addHosts = [], shmSizeBytes } = options;
  const words = [target, platform, network, shmSizeBytes].map((word) => word ?? null);
  return JSON.stringify([root, dockerfileName, ...words, addHosts, buildArgs, labels]);
}

/** Tells a file from what it was and will be; of a folder only what an image has of it, its times change with what is ignored. */
export function stampOf({
  path,
  type,
  mode,
  uid,
  gid,
  inode,
  sizeBytes,
  mtimeNs,
  ctimeNs,
}: ContextFile): string {
  if (type === 'directory') return `${mode} ${uid} ${gid} ${path}`;
  return `${inode} ${sizeBytes} ${mtimeNs} ${ctimeNs} ${path}`;
}

/** Those of builds that had one of the steps. */
export function forgetReplays(ctx: Context, gone: ReadonlySet<string>): void {
  for (const { id, steps } of replays(ctx).all())
    if (steps.some(([key]) => gone.has(key))) replays(ctx).remove(id);
}
