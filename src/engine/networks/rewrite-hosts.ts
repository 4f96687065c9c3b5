/** Changes /etc/hosts of a container that may run. */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** The file is the container's to write; nobody needs one larger than this. */
const MAX_BYTES = 1024 * 1024;

/** In place: the container sees this very inode. One that is too large, or was never made, stays as it is. */
export function rewriteHosts(file: string, change: (text: string) => string): void {
  let fd: number;
  try {
    fd = openSync(file, 'r+');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return; // never started
    throw error;
  }
  try {
    if (fstatSync(fd).size > MAX_BYTES) return;
    const text = readFileSync(fd, 'utf8');
    const changed = change(text);
    if (changed === text) return;
    writeSync(fd, changed, 0);
    ftruncateSync(fd, Buffer.byteLength(changed));
  } finally {
    closeSync(fd);
  }
}
