/** First use of a volume: the image's content at that path is copied in. */
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { openDirectoryInside } from './inside-root.ts';
import { dataDir, type VolumeRecord, volumeDir, volumeDocuments } from './records.ts';

const ASIDE = '.filling';

/**
 * Fills an empty volume with what the image has at `destination`, owner and mode of the folder included, at most once in its life.
 * Called under the volume's lock. `isShared`: another container has it, perhaps mounted, so the folder itself must stay the same.
 * The copy is complete before any of it is seen.
 */
export async function copyUp(
  ctx: Context,
  volume: VolumeRecord,
  from: { rootfs: string; destination: string; isShared: boolean },
): Promise<void> {
  const data = dataDir(ctx, volume.Name);
  const isInPlace = from.isShared || volume.Options !== null;
  const aside = join(isInPlace ? data : volumeDir(ctx, volume.Name), ASIDE);
  rmSync(aside, { recursive: true, force: true }); // an earlier copy that was cut short
  if (volume.isFilled || readdirSync(data).length > 0) return;
  const source = await openDirectoryInside(from.rootfs, from.destination);
  if (source === undefined) return;
  try {
    const stat = await source.stat();
    // by our pid: the copying program's own descriptors have other numbers
    const path = `/proc/${process.pid}/fd/${source.fd}`;
    if (readdirSync(path).length > 0) {
      mkdirSync(aside, { mode: 0o700 });
      await runCommand('cp', ['-a', '--', `${path}/.`, aside]);
      if (isInPlace) moveUp(aside, data);
      else renameSync(aside, data); // over the empty folder, in one step
      volumeDocuments(ctx).put(volume.Name, { ...volume, isFilled: true });
    }
    chownSync(data, stat.uid, stat.gid);
    chmodSync(data, stat.mode & 0o7777);
  } finally {
    await source.close();
  }
}

/** rename(2) follows no link that the running container may put in the way. */
function moveUp(aside: string, data: string): void {
  for (const name of readdirSync(aside)) renameSync(join(aside, name), join(data, name));
  rmdirSync(aside);
}
