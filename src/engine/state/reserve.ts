/**
 * Room set aside beside the database: given up on a full disk, so that exits are recorded and things can still be removed. In slices:
 * what fills the disk goes on doing so, and takes at once whatever is free.
 */
import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Some hundred commands' worth while a program eats the disk: on a busy machine it often takes a slice before we do. */
const RESERVE_BYTES = 4 * 1024 * 1024;
/** A transaction's pages of the log, or the shared index that the first process to open the database makes. */
const SLICE_BYTES = 32 * 1024;

const reserveOf = (database: string) => join(dirname(database), 'reserve');
const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Sets the room aside as far as the disk has any. Cheap when it is there already. */
export function keepReserve(database: string): void {
  const file = reserveOf(database);
  try {
    // Zeros are written, not a length set: a hole reserves nothing.
    for (let size = sizeOf(file); size < RESERVE_BYTES; size += SLICE_BYTES)
      appendFileSync(file, Buffer.alloc(SLICE_BYTES), { mode: 0o600 });
  } catch {
    // the disk is full, or not ours to write: what there is, is kept
  }
}

/** Gives a slice up. True when there was one: what failed may be tried again. */
export function giveUpReserve(database: string): boolean {
  const file = reserveOf(database);
  const size = sizeOf(file);
  if (size === 0) return false;
  truncateSync(file, Math.max(0, size - SLICE_BYTES));
  return true;
}
