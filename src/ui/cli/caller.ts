/** What a verb may know of its caller beside its streams: the environment, the working directory, files named on the command line. */
import { readFileSync } from 'node:fs';
import { PlainError } from './report.ts';

/** Variables of the caller (`-e NAME` passes one on). */
export const callerEnvironment = (): NodeJS.ProcessEnv => process.env;
export const callerDirectory = (): string => process.cwd();

/** Reads a small text file named by a flag. Throws as Docker words it: 'open x: no such file or directory'. */
export function readNamedFile(path: string, exitCode = 1): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new PlainError(fileText('open', path, error), exitCode);
  }
}

/** 'open /x: no such file or directory', as Go words a system error. */
export function fileText(action: string, path: string, error: unknown): string {
  const said = (error as Error).message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?$/, '');
  return `${action} ${path}: ${said}`;
}
