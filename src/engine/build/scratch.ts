/** Folders and areas that live only as long as a build, found again when its process was killed. */
import { mkdirSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../command.ts';
import { containerDocuments, stepContainers } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { codeOf, messageOf } from '../errors.ts';
import { openDocuments } from '../state/documents.ts';
import { processStart } from '../state/locks.ts';

interface Owned {
  /** folder's path, or key of an area */
  name: string;
  isArea: boolean;
  pid: number;
  started: string;
}

const owned = (ctx: Context) => openDocuments<Owned>(ctx.state, 'build-scratch');

function note(ctx: Context, name: string, isArea: boolean): void {
  owned(ctx).put(name, { name, isArea, pid: process.pid, started: processStart(process.pid) ?? '' });
}

/** A new private folder beside the store. */
export const makeScratch = (ctx: Context, kind: string): string => newFolder(ctx, ctx.paths.root, kind);

function newFolder(ctx: Context, root: string, kind: string): string {
  const base = join(root, 'build');
  mkdirSync(base, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(base, `${kind}-`));
  note(ctx, folder, false);
  return folder;
}

/** f_type of statfs(2). */
const TMPFS_MAGIC = 0x01021994;

/** A new private folder in memory, for secrets: on /run's tmpfs, or one of its own where the run files lie on a disk (--root). */
export async function makeMemoryScratch(
  ctx: Context,
  kind: string,
): Promise<{ folder: string; close(): Promise<void> }> {
  const folder = newFolder(ctx, ctx.paths.runRoot, kind);
  const close = async () => {
    await unmountOwn(folder);
    removeScratch(ctx, folder);
  };
  try {
    if (statfsSync(folder).type !== TMPFS_MAGIC)
      await runCommand('mount', ['-n', '-i', '-t', 'tmpfs', '-o', MEMORY_OPTIONS, 'tmpfs', folder]);
    return { folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const MEMORY_OPTIONS = 'mode=0700,size=64m,nosuid,nodev,noexec';

async function unmountOwn(folder: string): Promise<void> {
  const own = statSync(folder, { throwIfNoEntry: false });
  if (own === undefined || own.dev === statSync(dirname(folder)).dev) return;
  await runCommand('umount', ['-n', '-i', '-l', folder]); // a container that is being killed may still hold it
}

export function removeScratch(ctx: Context, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  owned(ctx).remove(folder);
}

let areas = 0;

/** An area of a build: its mounted root, and how to be rid of it. */
export async function mountScratch(
  ctx: Context,
  layers: readonly string[],
): Promise<{ root: string; close(): Promise<void> }> {
  const store = await ctx.layers();
  areas += 1;
  const key = `build-${process.pid}-${areas}`;
  const holder = `${key}:${process.pid}`;
  note(ctx, key, true);
  const close = async () => {
    await store.unmount(key, { holder });
    await store.removeArea(key);
    owned(ctx).remove(key);
  };
  try {
    await store.createArea(key, layers);
    return { root: await store.mount(key, { holder }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Names of what `removeLeftovers` would remove beside containers. */
export const leftoverNames = (ctx: Context): string[] =>
  owned(ctx)
    .all()
    .filter(({ pid, started }) => processStart(pid) !== started)
    .map(({ name }) => name);

/** Containers of steps whose build was killed, also those that nothing notes any more. */
export const leftoverContainers = (ctx: Context): string[] =>
  containerDocuments(ctx)
    .all()
    .filter(({ Build }) => Build !== undefined && processStart(Build.pid) !== Build.started)
    .map(({ Id }) => Id);

export async function removeStepContainer(ctx: Context, id: string): Promise<void> {
  const { remove } = await import('../containers/remove.ts'); // seldom
  await remove(ctx, id, { force: true, volumes: true }).catch((error: unknown) => {
    if (codeOf(error) !== 'NOT_FOUND') throw error;
    stepContainers(ctx).remove(id);
  });
}

/**
 * Removes what builds that were killed left: the containers of their steps, folders, areas. Returns what could not be removed, and why: it
 * keeps no other build from running.
 */
export async function removeLeftovers(ctx: Context): Promise<string[]> {
  const failures: string[] = [];
  const attempt = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failures.push(`${name} of a build that was killed can't be removed: ${messageOf(error)}`);
    }
  };
  for (const { Id, pid, started } of stepContainers(ctx).all()) {
    if (processStart(pid) !== started)
      await attempt(`container ${Id.slice(0, 12)}`, () => removeStepContainer(ctx, Id));
  }
  for (const record of owned(ctx).all()) {
    if (processStart(record.pid) !== record.started)
      await attempt(record.name, () => removeOwned(ctx, record));
  }
  return failures;
}

async function removeOwned(ctx: Context, { name, isArea }: Owned): Promise<void> {
  if (isArea) await (await ctx.layers()).removeArea(name);
  else {
    await unmountOwn(name);
    rmSync(name, { recursive: true, force: true });
  }
  owned(ctx).remove(name);
}
