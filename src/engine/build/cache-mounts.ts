/** RUN --mount=type=cache: folders that outlive the build, shared as `sharing` says. */
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { sha256Hex } from '../oci/sha256.ts';
import { isLocked, withLock } from '../state/locks.ts';
import type { MountFlag } from './mount-flags.ts';
import type { MountSources } from './run-mounts.ts';

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
    await withLock(ctx.state, lockOf(name), () => makeFolder(folder, flag, sources), { signal });
    return { folder, close: async () => {} };
  }
  for (let number = 0; ; number += 1) {
    const own = number === 0 ? name : `${name}-${number}`;
    if (flag.sharing === 'private' && isLocked(ctx.state, lockOf(own))) continue;
    const close = await hold(ctx, own, signal);
    const folder = join(cacheMountsFolder(ctx), own);
    try {
      await makeFolder(folder, flag, sources);
    } catch (error) {
      await close();
      throw error;
    }
    return { folder, close };
  }
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
