/** What a verb may know of its caller beside its streams: the environment, the working directory, files named on the command line. */
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../../engine/index.ts';
import { parseKeyValueFile } from './opts/key-values.ts';
import { PlainError } from './plain-error.ts';

/** Variables of the caller (`-e NAME` passes one on). */
export const callerEnvironment = (): NodeJS.ProcessEnv => process.env;
export const callerDirectory = (): string => process.cwd();

/** Reads a small text file named by a flag. Throws as Docker words it: 'open x: no such file or directory'. */
export function readNamedFile(path: string, exitCode = 1): string {
  return readNamedBytes(path, exitCode).toString('utf8');
}

function readNamedBytes(path: string, exitCode: number): Buffer {
  try {
    return readAtMost(path);
  } catch (error) {
    throw new PlainError(fileText('open', path, error), exitCode);
  }
}

/** Far more than a command line or an environment may have; a device has no end. */
const FILE_LIMIT_BYTES = 16 * 1024 * 1024;

function readAtMost(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    for (let left = FILE_LIMIT_BYTES; ; ) {
      const part = Buffer.alloc(64 * 1024);
      const count = readSync(fd, part);
      if (count === 0) return Buffer.concat(parts);
      left -= count;
      if (left < 0) throw new Error(`larger than ${FILE_LIMIT_BYTES} bytes`);
      parts.push(part.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a file of --env-file or --label-file (`kind`) and checks its lines, so that an error names the file.
 * Throws in the words of docker/cli's kvfile.
 */
export function readKeyValueFile(path: string, kind: 'env' | 'label', exitCode = 1): string {
  const bytes = readNamedBytes(path, exitCode);
  try {
    checkUtf8(bytes);
    const text = bytes.toString('utf8');
    parseKeyValueFile(text, () => '');
    return text;
  } catch (error) {
    throw new PlainError(`invalid ${kind} file (${path}): ${(error as Error).message}`, exitCode);
  }
}

const NEWLINE = 10;

function checkUtf8(bytes: Buffer): void {
  if (isUtf8(bytes)) return;
  for (let start = 0, line = 1; start < bytes.length; line += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    const content = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!isUtf8(content)) throw new Error(`invalid utf8 bytes at line ${line}: [${[...content].join(' ')}]`);
    start += content.length + 1;
  }
}

/** 'open /x: no such file or directory', as Go words a system error. */
export function fileText(action: string, path: string, error: unknown): string {
  // the kernel lets a directory be opened, and refuses to read it
  if (codeOf(error) === 'EISDIR') return `read ${path}: is a directory`;
  const said = (error as Error).message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?$/, '');
  return `${action} ${path}: ${said}`;
}
