/** Writes a stream to a file that appears only when it is whole. */
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileText } from './caller.ts';
import { checkOutputPath } from './output-path.ts';
import { PlainError } from './plain-error.ts';

const PREFIX = 'failed to export container: ';

/**
 * Writes beside `path` and renames. Pipes and terminals (`-o /dev/stdout`) are written directly; `start` is asked for the
 * stream once the path is known to be good. Throws in Docker's words.
 */
export async function writeFileAside(
  path: string,
  start: () => Promise<Readable>,
  signal: AbortSignal,
): Promise<void> {
  const isStandard = /^\/dev\/(std(out|err)|fd\/|pts\/|tty)/.test(path);
  const found = isStandard ? undefined : checkOutputPath(path, PREFIX);
  if (found?.isDirectory()) throw new PlainError(`${PREFIX}open ${path}: is a directory`);
  const isDirect = isStandard || (found !== undefined && !found.isFile());
  const aside = isDirect ? path : join(dirname(path), `.boxtop-${process.pid}-${Date.now()}`);
  try {
    const stream = await start();
    const file = createWriteStream(aside, { mode: 0o600, flags: isDirect ? 'w' : 'wx' });
    await pipeline(stream, file, { signal });
    if (!isDirect) renameSync(aside, path);
  } catch (error) {
    if (!isDirect) rmSync(aside, { force: true });
    const isFile = (error as NodeJS.ErrnoException).syscall === 'open';
    throw isFile ? new PlainError(fileText(`${PREFIX}open`, path, error)) : error;
  }
}
