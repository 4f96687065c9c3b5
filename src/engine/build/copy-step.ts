/** COPY and ADD of files: destination looked up in the layers, layer written as one tar stream. */
import { dirname } from 'node:path';
import { TAR_END } from '../../layerfs/index.ts';
import type { Context } from '../context.ts';
import { storeLayer } from '../images/layers.ts';
import { parseGroup, parsePasswd } from '../runtime/user.ts';
import { archivesAmong, membersOf } from './archives.ts';
import type { ContextFile } from './context-files.ts';
import { copyTar, type Folder, type Owner } from './copy-layer.ts';
import { NoMatchError, type PlannedEntry, planCopy } from './copy-plan.ts';
import type { CopySource } from './copy-source.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { type ModeChange, parseMode } from './dockerfile/file-mode.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { resolveDirectory } from './dockerfile/metadata.ts';
import { keyOf, type LayerEntry, runConfigOf, type StageState } from './stage-state.ts';

export type CopyInstruction = Extract<Instruction, { kind: 'copy' | 'add' }>;

/** A COPY with everything expanded. */
export interface CopyStep {
  state: StageState;
  instruction: CopyInstruction;
  source: CopySource;
  sources: readonly string[];
  destination: string;
  chown?: string;
  chmod?: string;
  signal?: AbortSignal;
}

/** What a step will do. */
export interface PlannedCopy {
  folders: Folder[];
  /** where archives are unpacked */
  directory: string;
  entries: PlannedEntry<ContextFile>[];
  owner: Owner;
  keepsOwners: boolean;
  mode?: ModeChange;
}

const PASSWD_LIMIT_BYTES = 10 * 1024 * 1024;
const NEW_FOLDER_MODE = 0o755;

/**
 * Identity of a step: its words and the content of its files. What the destination is in the image follows from the state, so nothing
 * is looked up for it. Throws DockerfileError: nothing matches, bad mode; CANCELED.
 */
export async function copyKey(step: CopyStep): Promise<string> {
  const { state, instruction, source, chown } = step;
  const { flags, kind } = instruction;
  const destination = absolute(runConfigOf(state).WorkingDir ?? '/', step.destination);
  const entries = plan(step, { destination, isDirectory: true });
  const keepsOwners = source.keepsOwners && chown === undefined;
  const inputs = await inputsOf(step, entries, { mode: modeOf(step), keepsOwners });
  const words = [destination, chown ?? null, flags.unpack ?? null, step.sources.length];
  // a name is somebody else on another base
  const isNamed = /[^\d:]/.test(chown ?? '');
  return keyOf(flags.link && !isNamed ? 'link' : state.key, kind, words, inputs);
}

/** Finds the files' places. Throws DockerfileError: nothing matches, unknown user, bad mode. */
export async function planStep(ctx: Context, step: CopyStep): Promise<PlannedCopy> {
  const { state, instruction } = step;
  const wanted = absolute(runConfigOf(state).WorkingDir ?? '/', step.destination);
  const store = await ctx.layers();
  // --link: a layer that fits on any base, so nothing of this one is looked at (builder reference, COPY --link)
  const layers = instruction.flags.link ? [] : state.layers.map(({ diffId }) => diffId);
  const lookup = await store.lookup(layers, wanted);
  const owner = await ownerByName(ctx, state, { name: step.chown, instruction });
  const isFolder = lookup.found?.type === 'directory' || lookup.path === '/';
  const destination = wanted.endsWith('/') && lookup.path !== '/' ? `${lookup.path}/` : lookup.path;
  const entries = plan(step, { destination, isDirectory: isFolder });
  // a lone file at its own name needs the folders above only
  const isAlone = entries.length === 1 && entries[0]!.target === destination;
  return {
    folders: foldersTo(isAlone ? dirname(destination) : destination, lookup.parents, owner),
    directory: lookup.path,
    entries,
    owner,
    keepsOwners: step.source.keepsOwners && step.chown === undefined,
    mode: modeOf(step),
  };
}

/** What counts of the files: places, kinds, modes, owners, content; not their times. */
async function inputsOf(
  { source, signal }: CopyStep,
  entries: readonly PlannedEntry<ContextFile>[],
  { mode, keepsOwners }: { mode: ModeChange | undefined; keepsOwners: boolean },
): Promise<unknown[]> {
  const inputs: unknown[] = [];
  for (const { target, entry } of entries) {
    const { type, linkTarget, uid, gid } = entry;
    inputs.push([
      target,
      type,
      type === 'symlink' ? linkTarget : (mode?.(entry.mode, type === 'directory') ?? entry.mode),
      type === 'file' ? await source.digestOf(entry, signal) : '',
      keepsOwners ? [uid, gid] : 0,
      ...[...(entry.xattrs ?? [])].map(([name, value]) => `${name}=${value.toString('base64')}`),
    ]);
  }
  return inputs;
}

/** Writes the layer of a planned step; ADD unpacks local archives. */
export async function copyStep(ctx: Context, step: CopyStep, planned: PlannedCopy): Promise<LayerEntry> {
  const { signal } = step;
  const archives = await archivesAmong(step.instruction, planned.entries);
  const entries = planned.entries.filter(({ entry }) => !archives.has(entry));
  async function* tar() {
    yield* copyTar({ ...planned, entries, signal });
    for (const archive of archives)
      yield* membersOf(archive.file, { folder: planned.directory, owner: step.chown && planned.owner });
    yield TAR_END;
  }
  return storeLayer(ctx, tar(), { signal, isPlain: true });
}

/** Relative to WORKDIR; a '/' at the end stays, '.' means the folder. */
function absolute(workingDir: string, destination: string): string {
  const isFolder = /(^|\/)\.{0,2}$/.test(destination);
  const path = resolveDirectory(workingDir, destination);
  return isFolder && path !== '/' ? `${path}/` : path;
}

function plan(
  step: CopyStep,
  to: { destination: string; isDirectory: boolean },
): PlannedEntry<ContextFile>[] {
  const { flags } = step.instruction;
  if (step.sources.length > 1 && !to.destination.endsWith('/') && !to.isDirectory) {
    throw new DockerfileError(
      `When using ${step.instruction.kind.toUpperCase()} with more than one source file, the destination must be a directory and end with a /`,
      step.instruction,
    );
  }
  try {
    return planCopy(step.source.files, {
      sources: step.sources,
      ...to,
      keepsParents: flags.parents === true,
      exclude: flags.exclude ?? [],
    });
  } catch (error) {
    if (!(error instanceof NoMatchError)) throw error;
    throw new DockerfileError(
      error.message,
      step.instruction,
      error.source.split('/').includes('..')
        ? 'no path leads out of the build context'
        : 'is it in the build context, and not left out by .dockerignore?',
    );
  }
}

/** The folders down to `path` and itself: those that exist as they are, missing ones new. */
export function foldersTo(path: string, existing: readonly Folder[], owner: Owner): Folder[] {
  const parts = path.split('/').filter(Boolean);
  return parts.map((_, index) => {
    const folder = `/${parts.slice(0, index + 1).join('/')}`;
    const own = existing.find((known) => known.path === folder);
    return own ?? { path: folder, mode: NEW_FOLDER_MODE, mtimeNs: 0n, ...owner };
  });
}

function modeOf({ chmod, instruction }: CopyStep): ModeChange | undefined {
  if (chmod === undefined) return undefined;
  const change = parseMode(chmod);
  if (change !== undefined) return change;
  throw new DockerfileError(
    `invalid chmod parameter: '${chmod}'. it should be octal string and between 0 and 07777`,
    instruction,
    'or letters as chmod takes them: u=rwX,go=rX',
  );
}

/** `user[:group]` by number, or by name from the image's own passwd and group (builder reference, COPY --chown); root without a name. */
export async function ownerByName(
  ctx: Context,
  state: StageState,
  { name, instruction }: { name: string | undefined; instruction: Instruction },
): Promise<Owner> {
  if (name === undefined) return { uid: 0, gid: 0 };
  const [user = '', group] = name.split(':');
  const fail = (what: string, of: string): never => {
    throw new DockerfileError(
      `unable to convert uid/gid chown string to host mapping: can't find ${what} for ${of}`,
      instruction,
    );
  };
  const read = async (path: string) => {
    const layers = state.layers.map(({ diffId }) => diffId);
    const bytes = await (await ctx.layers()).readFile(layers, { path, limitBytes: PASSWD_LIMIT_BYTES });
    return bytes?.toString('utf8') ?? '';
  };
  const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : undefined);
  const entry =
    number(user) === undefined
      ? parsePasswd(await read('/etc/passwd')).find((one) => one.name === user)
      : undefined;
  const uid = number(user) ?? entry?.uid ?? fail('uid', user);
  if (group === undefined) return { uid, gid: number(user) ?? entry!.gid };
  const gid =
    number(group) ??
    parseGroup(await read('/etc/group')).find((one) => one.name === group)?.gid ??
    fail('gid', group);
  return { uid, gid };
}
