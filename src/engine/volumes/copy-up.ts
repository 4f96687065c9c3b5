/** First use of a volume: the image's content at that path is copied in. */
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { openDirectoryInside } from './inside-root.ts';
import { dataDir, hasOptions, type VolumeRecord, volumeDir, volumeDocuments } from './records.ts';

const ASIDE = '.filling';

interface CopySource {
  rootfs: string;
  destination: string;
  /** another container has the volume, perhaps mounted */
  isShared: boolean;
}

/**
 * Fills an empty volume with what the image has at `destination`, owner and mode of the folder included, at most once in its life.
 * Called under the volume's lock. The copy is complete before any of it is seen, and is made where no running container can put
 * links in its way; so a volume mounted from elsewhere is not filled while others have it.
 */
export async function copyUp(ctx: Context, volume: VolumeRecord, from: CopySource): Promise<void> {
  const data = dataDir(ctx, volume.Name);
  const isMounted = hasOptions(volume);
  const aside = join(isMounted ? data : volumeDir(ctx, volume.Name), ASIDE);
  if (volume.isFilled || (isMounted && from.isShared)) return;
  rmSync(aside, { recursive: true, force: true }); // an earlier copy that was cut short
  if (readdirSync(data).length > 0) return;
  const source = await openDirectoryInside(from.rootfs, from.destination);
  if (source === undefined) return;
  try {
    // by our pid: the copying program's own descriptors have other numbers
    const path = `/proc/${process.pid}/fd/${source.fd}`;
    if (readdirSync(path).length > 0) {
      mkdirSync(aside, { mode: 0o700 });
      await runCommand('cp', ['-a', '--', `${path}/.`, aside]);
      if (isMounted || from.isShared) moveUp(aside, data);
      else renameSync(aside, data); // over the empty folder, in one step
      volumeDocuments(ctx).put(volume.Name, { ...volume, isFilled: true });
    }
    const { uid, gid, mode } = await source.stat();
    chownSync(data, uid, gid);
    chmodSync(data, mode & 0o7777);
  } finally {
    await source.close();
  }
}

/** The folder itself must stay: it is mounted. rename(2) follows no link in the place of a name. */
function moveUp(aside: string, data: string): void {
  for (const name of readdirSync(aside)) renameSync(join(aside, name), join(data, name));
  rmdirSync(aside);
}
