/** COPY and ADD that were not in the cache: destination looked up in the layers, layer written as one tar stream. */
import { dirname } from 'node:path';
import { TAR_END } from '../../layerfs/index.ts';
import type { Context } from '../context.ts';
import { storeLayer } from '../images/layers.ts';
import { parseGroup, parsePasswd } from '../runtime/user.ts';
import { ArchiveMembers, type Destination } from './archive-members.ts';
import { archivesAmong } from './archives.ts';
import { type ContextFile, describePath } from './context-files.ts';
import { copyTar, type Folder, NEW_FOLDER_MODE, nowNs, type Owner } from './copy-layer.ts';
import { namesAnything, type PlannedEntry } from './copy-plan.ts';
import { absolute, type CopyStep, modeOf, plan } from './copy-step.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import type { ModeChange } from './dockerfile/file-mode.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { mountScratch } from './scratch.ts';
import { type LayerEntry, runConfigOf, type StageState } from './stage-state.ts';

/** What a step will do. */
export interface PlannedCopy {
  folders: Folder[];
  /** those of the entries that are unpacked, and where */
  archives: Pick<Destination, 'folder' | 'entryAt'> & { files: ReadonlySet<ContextFile> };
  entries: PlannedEntry<ContextFile>[];
  owner: Owner;
  keepsOwners: boolean;
  mode?: ModeChange;
}

const PASSWD_LIMIT_BYTES = 10 * 1024 * 1024;

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
  const archives = await archivesAmong(instruction, entries);
  // a lone file at its own name needs the folders above only
  const isAlone = entries.length === 1 && entries[0]!.target === destination && archives.size === 0;
  if (!isAlone && !isFolder && lookup.found !== undefined)
    throw new DockerfileError(
      `cannot copy to non-directory: ${lookup.path}`,
      instruction,
      'in the image this is no folder: name another destination, or remove it before',
    );
  const { flags } = instruction;
  const asked = { sources: step.sources, keepsParents: flags.parents === true };
  const isNothing = entries.length === 0 && !namesAnything(step.source.files, asked);
  return {
    folders: isNothing ? [] : foldersTo(isAlone ? dirname(destination) : destination, lookup.parents, owner),
    archives: { files: archives, folder: lookup.path, entryAt: (path) => store.entryAt(layers, path) },
    entries,
    owner,
    keepsOwners: step.source.keepsOwners && step.chown === undefined,
    mode: modeOf(step),
  };
}

/** Writes the layer of a planned step; ADD unpacks local archives. */
export async function copyStep(ctx: Context, step: CopyStep, planned: PlannedCopy): Promise<LayerEntry> {
  const { signal } = step;
  const { archives, folders } = planned;
  const owner = step.chown === undefined ? undefined : planned.owner;
  const image = imageFiles(ctx, step);
  async function* tar() {
    const members = new ArchiveMembers({ ...archives, owner, fileAt: image.fileAt });
    let isFirst = true;
    for (const { copied, archive } of turnsOf(planned)) {
      yield* copyTar({ ...planned, folders: isFirst ? folders : [], entries: copied, signal });
      isFirst = false;
      if (archive === undefined) continue;
      await members.noteCopied(copied);
      yield* members.of(archive.file);
    }
    yield TAR_END;
  }
  try {
    return await storeLayer(ctx, tar(), { signal, isPlain: true });
  } finally {
    await image.close();
  }
}

interface Turn {
  copied: PlannedEntry<ContextFile>[];
  /** unpacked over those */
  archive?: ContextFile;
}

/** What is copied and unpacked, as the sources stand; of files with one target the last is copied. */
function turnsOf({ entries, archives }: PlannedCopy): Turn[] {
  const isArchive = ({ entry, isNamed }: PlannedEntry<ContextFile>) => isNamed && archives.files.has(entry);
  const unpacked = entries.filter(isArchive).sort((a, b) => a.order - b.order);
  const files = new Map(entries.filter((one) => !isArchive(one)).map((one) => [one.target, one]));
  let done = -1;
  const copiedUntil = (order: number) => {
    const copied = [...files.values()].filter((one) => one.order > done && one.order < order);
    done = order;
    return copied;
  };
  const turns: Turn[] = unpacked.map(({ order, entry }) => ({ copied: copiedUntil(order), archive: entry }));
  return [...turns, { copied: copiedUntil(Number.POSITIVE_INFINITY) }];
}

/** The image's own files, mounted when the first is asked for. */
function imageFiles(ctx: Context, { state, instruction }: CopyStep) {
  const layers = instruction.flags.link ? [] : state.layers.map(({ diffId }) => diffId);
  let area: ReturnType<typeof mountScratch> | undefined;
  return {
    fileAt: async (path: string): Promise<ContextFile | undefined> => {
      area ??= mountScratch(ctx, layers);
      return describePath((await area).root, path.slice(1));
    },
    close: async () => (await area)?.close(),
  };
}

/** The folders down to `path` and itself: those that exist as they are, missing ones new. */
export function foldersTo(path: string, existing: readonly Folder[], owner: Owner): Folder[] {
  const parts = path.split('/').filter(Boolean);
  return parts.map((_, index) => {
    const folder = `/${parts.slice(0, index + 1).join('/')}`;
    const own = existing.find((known) => known.path === folder);
    return own ?? { path: folder, mode: NEW_FOLDER_MODE, mtimeNs: nowNs(), ...owner };
  });
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
