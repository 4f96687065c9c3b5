/** Where a verb may write on this machine: checked before anything is read. */
import { existsSync, type Stats, statSync } from 'node:fs';
import { dirname, normalize } from 'node:path';
import { codeOf } from '../../engine/index.ts';
import { fileText } from './caller.ts';
import { PlainError } from './plain-error.ts';

/**
 * Docker's ValidateOutputPath (docker/cli command/utils.go): the folder must be there, and what has the name already must be no
 * device, as replacing /dev/null breaks a machine. Returns what is there. Throws in Docker's words after `prefix`.
 */
export function checkOutputPath(path: string, prefix = ''): Stats | undefined {
  const folder = dirname(normalize(path).replace(/(.)\/+$/, '$1'));
  if (!existsSync(folder))
    throw new PlainError(`${prefix}invalid output path: directory "${folder}" does not exist`);
  const found = statOf(path, prefix);
  if (found?.isBlockDevice() || found?.isCharacterDevice()) {
    const problem = 'must be a directory or a regular file: got a device';
    throw new PlainError(`${prefix}invalid output path: "${path}" ${problem}`);
  }
  return found;
}

function statOf(path: string, prefix: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new PlainError(`${prefix}${fileText('stat', path, error)}`);
  }
}
