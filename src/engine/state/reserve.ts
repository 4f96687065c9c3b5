/** Room set aside beside the database: given up on a full disk, so that exits are recorded and things can still be removed. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Enough for the log and the index of a few dozen transactions. */
const RESERVE_BYTES = 512 * 1024;

const reserveOf = (database: string) => join(dirname(database), 'reserve');

/** Sets the room aside, unless it is there already or the disk has none left. */
export function keepReserve(database: string): void {
  const file = reserveOf(database);
  if (existsSync(file)) return;
  try {
    // Zeros are written, not a length set: a hole reserves nothing.
    writeFileSync(file, Buffer.alloc(RESERVE_BYTES), { mode: 0o600, flag: 'wx' });
  } catch {
    rmSync(file, { force: true }); // the disk is full: the room it took must not make things worse
  }
}

/** True when there was room to give up: what failed may be tried again. */
export function giveUpReserve(database: string): boolean {
  const file = reserveOf(database);
  if (!existsSync(file)) return false;
  rmSync(file, { force: true });
  return true;
}
