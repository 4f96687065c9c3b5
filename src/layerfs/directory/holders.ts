/** Who uses an area's mount: one file per holder in areas/KEY/holders. Calls need the area's lock. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerError } from '../errors.ts';
import { isMissing } from './layout.ts';
import { isAlive, ownerOf } from './owner.ts';

/** Its use ends with this process, whatever happens to it. */
const OF_PROCESS = /:([0-9]{1,10})$/;

export async function addHolder(area: string, holder: string): Promise<void> {
  const file = holderFile(area, holder);
  const pid = OF_PROCESS.exec(holder)?.[1];
  await mkdir(join(area, 'holders'), { recursive: true, mode: 0o700 });
  await writeFile(file, pid === undefined ? '' : (ownerOf(Number(pid)) ?? 'gone'), { mode: 0o600 });
}

export async function removeHolder(area: string, holder: string): Promise<void> {
  await rm(holderFile(area, holder), { force: true });
}

/** After a reboot, or when somebody unmounted by hand, the files say nothing any more. */
export async function clearHolders(area: string): Promise<void> {
  await rm(join(area, 'holders'), { recursive: true, force: true });
}

/** Forgets holders whose process has ended. */
export async function hasHolders(area: string): Promise<boolean> {
  let live = 0;
  for (const name of await namesIn(join(area, 'holders'))) {
    const file = join(area, 'holders', name);
    const owner = await readFile(file, 'utf8');
    if (owner === '' || isAlive(owner)) live++;
    else await rm(file, { force: true });
  }
  return live > 0;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function holderFile(area: string, holder: string): string {
  const name = encodeURIComponent(holder).replace(/\./g, '%2E');
  if (name === '' || name.length > 250)
    throw new LayerError('INVALID_ARGUMENT', `invalid holder ${JSON.stringify(holder.slice(0, 100))}`);
  return join(area, 'holders', name);
}
