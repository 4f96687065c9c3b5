/** What a verb may know of its caller beside its streams: the environment, the working directory, files named on the command line. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { parseKeyValueFile } from './opts/key-values.ts';
import { PlainError } from './report.ts';

/** Variables of the caller (`-e NAME` passes one on). */
export const callerEnvironment = (): NodeJS.ProcessEnv => process.env;
export const callerDirectory = (): string => process.cwd();

/** Reads a small text file named by a flag. Throws as Docker words it: 'open x: no such file or directory'. */
export function readNamedFile(path: string, exitCode = 1): string {
  return readNamedBytes(path, exitCode).toString('utf8');
}

function readNamedBytes(path: string, exitCode: number): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PlainError(fileText('open', path, error), exitCode);
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
    throw new PlainError(`boxtop: invalid ${kind} file (${path}): ${(error as Error).message}`, exitCode);
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
  const said = (error as Error).message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?$/, '');
  return `${action} ${path}: ${said}`;
}
