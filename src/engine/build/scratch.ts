/** Folders and areas that live only as long as a build, found again when its process was killed. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { containerDocuments } from '../containers/records.ts';
import { remove } from '../containers/remove.ts';
import type { Context } from '../context.ts';
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

/** A new private folder beside the store (`disk`), or in memory (`run`): secrets. */
export function makeScratch(ctx: Context, kind: string, where: 'disk' | 'run'): string {
  const base = join(where === 'disk' ? ctx.paths.root : ctx.paths.runRoot, 'build');
  mkdirSync(base, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(base, `${kind}-`));
  note(ctx, folder, false);
  return folder;
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

/** What builds that were killed left: the containers of their steps, folders, areas. */
export async function removeLeftovers(ctx: Context): Promise<void> {
  for (const { Id, Build } of containerDocuments(ctx).all()) {
    if (Build !== undefined && processStart(Build.pid) !== Build.started)
      await remove(ctx, Id, { force: true, volumes: true });
  }
  for (const { name, isArea, pid, started } of owned(ctx).all()) {
    if (processStart(pid) === started) continue;
    if (isArea) await (await ctx.layers()).removeArea(name);
    else rmSync(name, { recursive: true, force: true });
    owned(ctx).remove(name);
  }
}
