/** Reads files of /proc and /sys: half the system calls of readFileSync, which asks for a size that they don't have. */
import { closeSync, openSync, readSync } from 'node:fs';

const buffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Up to 64 KiB of text. Throws as openSync and readSync do. */
export function readKernelFile(path: string): string {
  const fd = openSync(path, 'r');
  try {
    let length = readSync(fd, buffer, 0, buffer.length, null);
    // a file of less than a page comes in one piece; longer ones may come in several
    for (let more = length; more >= LEAST_PAGE && length < buffer.length; length += more)
      more = readSync(fd, buffer, length, buffer.length - length, null);
    return buffer.toString('latin1', 0, length);
  } finally {
    closeSync(fd);
  }
}

/** seq_file(9) hands out whole records of at most a page and may stop a little short of one. */
const LEAST_PAGE = 2048;
