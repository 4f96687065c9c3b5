/** Writes a stream to a file that appears only when it is whole. */
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileText } from './caller.ts';
import { PlainError } from './report.ts';

/** Writes beside `path` and renames. Devices and pipes (`-o /dev/stdout`) are written directly. */
export async function writeFileAside(path: string, stream: Readable, signal: AbortSignal): Promise<void> {
  const isSpecial = path.startsWith('/dev/');
  const aside = isSpecial ? path : join(dirname(path), `.boxtop-${process.pid}-${Date.now()}`);
  try {
    await pipeline(stream, createWriteStream(aside, { mode: 0o600, flags: isSpecial ? 'w' : 'wx' }), {
      signal,
    });
    if (!isSpecial) renameSync(aside, path);
  } catch (error) {
    if (!isSpecial) rmSync(aside, { force: true });
    const isFile = (error as NodeJS.ErrnoException).syscall === 'open';
    throw isFile ? new PlainError(fileText('failed to export container: open', path, error)) : error;
  }
}
