/** What is kept of a build so that it can be told again (replay.ts). */
import type { Context } from '../context.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import { openDocuments } from '../state/documents.ts';
import type { BuildEvent, BuildOptions } from '../types/build.ts';
import type { FoundStep } from './cache.ts';
import type { ContextFile } from './context-files.ts';
import type { Definition } from './definition.ts';
import { keyOf } from './stage-state.ts';

export interface Replay extends Inputs {
  id: string;
  events: BuildEvent[];
  imageId: string;
  /** milliseconds since 1970 */
  savedAt: number;
}

/** What a build depends on, beside what `idOf` is made of. */
export interface Inputs {
  /** what the names of images stood for */
  bases: Base[];
  /** Made anew (--no-cache), a step may have another layer, and has another time. */
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

/**
 * Identity of the definition and of every option that changes the result. Nothing to read, as build arguments can be secret; another
 * version of the engine may make something else of the same.
 */
export function idOf(options: BuildOptions, definition: Definition): string {
  const { buildArgs = {}, labels = {}, target, platform, network, addHosts = [], shmSizeBytes } = options;
  const words = [target, platform, network, shmSizeBytes].map((word) => word ?? null);
  const { root, dockerfileName, dockerfileText, ignorePatterns } = definition;
  const file = [root, dockerfileName, dockerfileText, ignorePatterns];
  return keyOf(ENGINE_VERSION, file, words, addHosts, buildArgs, labels);
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

/** Keeps the newest. SQLite looks at the times: it is quicker with many large records, and a damaged one is only the oldest. */
export function forgetOldReplays(ctx: Context, keep: number): void {
  ctx.state.write(() => void ctx.state.prepare(FORGET_OLD).run(keep));
}

const FORGET_OLD = `
DELETE FROM documents WHERE kind = 'build-replay' AND id IN (
  SELECT id FROM documents WHERE kind = 'build-replay'
  ORDER BY CASE WHEN json_valid(body) THEN body ->> '$.savedAt' END DESC LIMIT -1 OFFSET ?)`;
