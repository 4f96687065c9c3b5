/** Removes a folder that others are tidying up as well. */
import { lstatSync, rmSync } from 'node:fs';
import { codeOf } from './errors.ts';

/** Each try fails only when somebody has just removed or made a name in there. */
const TRIES = 100;

/**
 * Removes `path` with all that is in it; a missing one is no error. Node's rmSync takes a name that another process removes at that
 * moment for the end of its work, when it is told to `force`, and leaves the rest.
 */
export function removeFolder(path: string): void {
  for (let left = TRIES; lstatSync(path, { throwIfNoEntry: false }) !== undefined; left -= 1) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY' || left <= 0) throw error;
    }
    if (left <= 0) return; // names are made faster than removed: their maker removes them
  }
}
