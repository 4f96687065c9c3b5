/** What is kept of a build so that it can be told again (replay.ts). */
import type { Context } from '../context.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import type { Reference } from '../oci/reference.ts';
import { openDocuments } from '../state/documents.ts';
import type { BuildEvent, BuildOptions } from '../types/build.ts';
import type { FoundStep } from './cache.ts';
import type { ContextFile } from './context-files.ts';
import type { Definition } from './definition.ts';

export interface Replay extends Inputs {
  id: string;
  events: BuildEvent[];
  imageId: string;
  /** names the image was given, as they were asked for and as they were read: reading one takes its time */
  tags: string[];
  references: Reference[];
  /** milliseconds since 1970 */
  savedAt: number;
}

/** What a build depends on, beside what `idOf` is made of. */
export interface Inputs extends Pick<Definition, 'dockerfileText' | 'ignorePatterns'> {
  /** what the names of images stood for */
  bases: Base[];
  /** Made anew (--no-cache), a step may have another layer, and has another time. */
  steps: FoundStep[];
  /** the files of the context, when the build asked for them: see `stampOf` */
  files?: string[];
}

export interface Base {
  name: string;
  /** the same with registry and tag, when it is no id */
  reference: string;
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
 * The context, the Dockerfile's name, and every option that changes the result; build arguments can be secret, so they are not to be read.
 * Another version of the engine may make something else of the same.
 */
export async function idOf(options: BuildOptions, { root, dockerfileName }: Definition): Promise<string> {
  const { buildArgs = {}, labels = {}, target, platform, network, addHosts = [], shmSizeBytes } = options;
  const words = [target, platform, network, shmSizeBytes].map((word) => word ?? null);
  const args = Object.keys(buildArgs).length === 0 ? '' : await hashOf(JSON.stringify(buildArgs));
  return JSON.stringify([ENGINE_VERSION, root, dockerfileName, words, addHosts, labels, args]);
}

/** Most builds have no arguments. */
const hashOf = async (text: string): Promise<string> => (await import('../oci/sha256.ts')).sha256Hex(text);

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
