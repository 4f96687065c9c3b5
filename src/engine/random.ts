/** Random digits from the kernel (random(4)): loading node:crypto for them would cost every command 5 to 11 ms. */
import { closeSync, openSync, readSync } from 'node:fs';

/** `bytes` random bytes as lower-case hex digits. */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const fd = openSync('/dev/urandom', 'r');
  try {
    if (readSync(fd, buffer, 0, bytes, null) !== bytes) throw new Error('/dev/urandom: short read');
  } finally {
    closeSync(fd);
  }
  return buffer.toString('hex');
}
