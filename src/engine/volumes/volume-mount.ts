/** Mounts volumes that have driver options on their _data directory while a container runs with them. */
import { lookup } from 'node:dns/promises';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { mountArguments, withAddress } from './local-driver.ts';
import { mountPoints } from './mount-table.ts';
import { dataDir, hasOptions, type VolumeRecord } from './records.ts';

/** Called under the volume's lock. Mounts once, whoever comes first. Throws INVALID_ARGUMENT or INTERNAL (mount's own words). */
export async function mountVolume(ctx: Context, volume: VolumeRecord): Promise<void> {
  const { Name, Options } = volume;
  if (!hasOptions(volume) || isMounted(ctx, Name)) return;
  const options = await withAddress(Options!, async (name) => (await lookup(name)).address);
  await runCommand('mount', mountArguments(Name, options, dataDir(ctx, Name)));
}

/** Called under the volume's lock, when nothing runs with it any more. Not mounted is no error. */
export async function unmountVolume(ctx: Context, name: string): Promise<void> {
  if (isMounted(ctx, name)) await runCommand('umount', [dataDir(ctx, name)]);
}

/** A bind within one file system has the parent's device number, but another place in the mount table. */
function isMounted(ctx: Context, name: string): boolean {
  const directory = dataDir(ctx, name);
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  return stat.dev !== statSync(dirname(directory)).dev || mountPoints().has(directory);
}
