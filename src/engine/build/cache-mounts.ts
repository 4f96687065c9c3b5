/** RUN --mount=type=cache: folders that outlive the build, shared as `sharing` says. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { sha256Hex } from '../oci/sha256.ts';
import { randomHex } from '../random.ts';
import { removeFolder } from '../remove-folder.ts';
import { openDocuments } from '../state/documents.ts';
import { isLocked, withLock } from '../state/locks.ts';
import type { MountFlag } from './mount-flags.ts';
import type { MountSources } from './run-mounts.ts';
import { oldestBuildMs } from './running.ts';

interface Wanted {
  flag: MountFlag;
  target: string;
  sources: MountSources;
  signal?: AbortSignal;
}

const cacheMountsFolder = (ctx: Context): string => join(ctx.paths.root, 'build', 'cache-mounts');

/**
 * The folder of a cache, made at its first use (from `from`'s folder, when it has one). `close` ends the use.
 * shared: used by any number at once. locked: one after the other. private: another folder while one is in use.
 */
export async function openCacheMount(
  ctx: Context,
  { flag, target, sources, signal }: Wanted,
): Promise<{ folder: string; close(): Promise<void> }> {
  // a digest of the id, so that no id can lead anywhere else (CVE-2024-9675)
  const name = sha256Hex(flag.id ?? target);
  if (flag.sharing === 'shared') {
    const folder = join(cacheMountsFolder(ctx), name);
    const open = async () => {
      await makeFolder(folder, flag, sources);
      noteUse(ctx, name, flag.id ?? target);
    };
    await withLock(ctx.state, lockOf(name), open, { signal });
    return { folder, close: async () => {} };
  }
  for (let number = 0; ; number += 1) {
    const own = number === 0 ? name : `${name}-${number}`;
    if (flag.sharing === 'private' && isLocked(ctx.state, lockOf(own))) continue;
    const close = await hold(ctx, own, signal);
    const folder = join(cacheMountsFolder(ctx), own);
    try {
      await makeFolder(folder, flag, sources);
      noteUse(ctx, own, flag.id ?? target);
    } catch (error) {
      await close();
      throw error;
    }
    return { folder, close };
  }
}

/** Of a folder under its name. */
interface UseRecord {
  id: string;
  /** milliseconds since 1970 */
  createdAt: number;
  lastUsedAt: number;
}

const uses = (ctx: Context) => openDocuments<UseRecord>(ctx.state, 'cache-mount');

function noteUse(ctx: Context, name: string, id: string): void {
  const lastUsedAt = Date.now();
  ctx.state.write(() => {
    const createdAt = uses(ctx).get(name)?.createdAt ?? lastUsedAt;
    uses(ctx).put(name, { id, createdAt, lastUsedAt });
  });
}

export interface CacheMount extends UseRecord {
  name: string;
  bytes: number;
  /** a step has it for itself at this moment */
  isHeld: boolean;
}

/** All folders, measured. Throws an AbortError. */
export async function cacheMounts(ctx: Context, signal?: AbortSignal): Promise<CacheMount[]> {
  const base = cacheMountsFolder(ctx);
  if (!existsSync(base)) return [];
  const { treeBytes } = await import('../../layerfs/index.ts');
  const found: CacheMount[] = [];
  for (const name of readdirSync(base)) {
    if (!/^[0-9a-f]{64}(-\d+)?$/.test(name)) continue;
    const bytes = await treeBytes(join(base, name), signal);
    const mtimeMs = statSync(join(base, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const use = uses(ctx).get(name) ?? { id: name, createdAt: mtimeMs, lastUsedAt: mtimeMs };
    found.push({ name, bytes, isHeld: isLocked(ctx.state, lockOf(name)), ...use });
  }
  return found;
}

const REMOVED = '.removed-';

/** Ends removals that were killed. */
export function sweepCacheMounts(ctx: Context): void {
  const base = cacheMountsFolder(ctx);
  for (const name of existsSync(base) ? readdirSync(base) : [])
    if (name.includes(REMOVED)) removeFolder(join(base, name));
}

/** Removes a folder, unless a build under way uses it. Returns whether it did. */
export async function removeCacheMount(ctx: Context, name: string): Promise<boolean> {
  const folder = join(cacheMountsFolder(ctx), name);
  const aside = `${folder}${REMOVED}${randomHex(8)}`;
  const take = async () => {
    if ((uses(ctx).get(name)?.lastUsedAt ?? 0) >= oldestBuildMs(ctx) || !existsSync(folder)) return false;
    renameSync(folder, aside); // at once, so that the next build makes a whole new one
    uses(ctx).remove(name);
    return true;
  };
  try {
    if (!(await withLock(ctx.state, lockOf(name), take, { timeoutMs: 0 }))) return false;
  } catch (error) {
    if (codeOf(error) === 'UNAVAILABLE') return false; // a step holds it
    throw error;
  }
  removeFolder(aside);
  return true;
}

const lockOf = (name: string) => `cache-mount:${name}`;

/** Takes the lock and returns what gives it back. */
function hold(ctx: Context, name: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  return new Promise((taken, failed) => {
    const holding = withLock(
      ctx.state,
      lockOf(name),
      () =>
        new Promise<void>((release) =>
          taken(async () => {
            release();
            await holding;
          }),
        ),
      { signal },
    );
    holding.catch(failed);
  });
}

/** Aside first, so that a folder that is there is whole. */
async function makeFolder(folder: string, flag: MountFlag, sources: MountSources): Promise<void> {
  if (existsSync(folder)) return;
  const aside = `${folder}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  if (flag.from !== undefined) {
    const { path, close } = await sources.open(flag);
    try {
      await runCommand('cp', ['-a', '--', `${path}/.`, aside]);
    } finally {
      await close();
    }
  }
  chmodSync(aside, flag.mode ?? 0o755);
  chownSync(aside, flag.uid, flag.gid);
  renameSync(aside, folder);
}
