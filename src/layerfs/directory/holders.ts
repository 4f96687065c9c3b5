/** Who uses an area's mount: one file per holder in areas/KEY/holders. Calls need the area's lock. */
import { mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LayerError } from '../errors.ts';
import { isMissing } from './layout.ts';
import { isAlive, ownerOf } from './owner.ts';

/** Its use ends with this process, whatever happens to it. */
const OF_PROCESS = /:([0-9]{1,10})$/;

export function addHolder(area: string, holder: string): void {
  const file = holderFile(area, holder);
  const pid = OF_PROCESS.exec(holder)?.[1];
  mkdirSync(join(area, 'holders'), { recursive: true, mode: 0o700 });
  writeFileSync(file, pid === undefined ? '' : (ownerOf(Number(pid)) ?? 'gone'), { mode: 0o600 });
}

export function removeHolder(area: string, holder: string): void {
  unlinkIfThere(holderFile(area, holder));
}

/** After a reboot, or when somebody unmounted by hand, the files say nothing any more. */
export function clearHolders(area: string): void {
  rmSync(join(area, 'holders'), { recursive: true, force: true });
}

/** Forgets holders whose process has ended. */
export function hasHolders(area: string): boolean {
  let live = 0;
  for (const name of namesIn(join(area, 'holders'))) {
    const file = join(area, 'holders', name);
    const owner = readFileSync(file, 'utf8');
    if (owner === '' || isAlive(owner)) live++;
    else unlinkIfThere(file);
  }
  return live > 0;
}

/** Who uses the mount, as `addHolder` was told; those whose process has ended left out. Changes nothing. */
export function holdersOf(area: string): string[] {
  return namesIn(join(area, 'holders'))
    .filter((name) => {
      const owner = readFileSync(join(area, 'holders', name), 'utf8');
      return owner === '' || isAlive(owner);
    })
    .map(decodeURIComponent);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function holderFile(area: string, holder: string): string {
  const name = encodeURIComponent(holder).replace(/\./g, '%2E');
  if (name === '' || name.length > 250)
    throw new LayerError('INVALID_ARGUMENT', `invalid holder ${JSON.stringify(holder.slice(0, 100))}`);
  return join(area, 'holders', name);
}
