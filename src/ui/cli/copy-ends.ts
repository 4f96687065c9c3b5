/** The two ends of `cp` on this machine: what a path means, and what is there (docker/cli container/cp.go, moby archive/copy.go). */
import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { assertsDirectory, type CopyEnd, codeOf, isContents } from '../../engine/index.ts';
import { fileText } from './caller.ts';
import { checkOutputPath } from './output-path.ts';
import { PlainError } from './plain-error.ts';

/** Docker follows so many links at the destination. */
const LINK_LIMIT = 10;

/** An argument of `cp`: 'container:path', or a path of this machine. */
export interface CopyArgument {
  container: string | undefined;
  path: string;
}

/** A path that begins with '/' or '.' is ours, colon or not; so is one with nothing before the colon. */
export function splitArgument(argument: string): CopyArgument {
  const colon = argument.indexOf(':');
  if (colon < 0 || argument.startsWith('/') || argument.startsWith('.'))
    return { container: undefined, path: argument };
  return { container: argument.slice(0, colon) || undefined, path: argument.slice(colon + 1) };
}

/** Absolute and clean, with the '/' or '/.' at its end kept: they mean something. */
function absolute(path: string): string {
  const full = resolve(path);
  const bare = full === '/' ? '' : full;
  if (isContents(path)) return `${bare}/.`;
  return path.endsWith('/') ? `${bare}/` : full;
}

/** What is copied from here. A final link counts as itself, unless `followLink` or the path says that it is a folder. Throws when it is missing. */
export function localSource(
  path: string,
  followLink: boolean,
): { path: string; kind: 'file' | 'directory'; isFollowed: boolean } {
  const full = absolute(path);
  const bare = resolve(path);
  const isFollowed = followLink || assertsDirectory(full);
  try {
    const stat = isFollowed ? statSync(bare) : lstatSync(bare);
    return { path: full, kind: stat.isDirectory() ? 'directory' : 'file', isFollowed };
  } catch (error) {
    throw new PlainError(fileText('lstat', codeOf(error) === 'ENOENT' ? missingPart(bare) : bare, error));
  }
}

/** The first folder or file on the way that is not there. */
function missingPart(path: string): string {
  let part = '';
  for (const name of path.split('/').slice(1)) {
    part += `/${name}`;
    if (lstatSync(part, { throwIfNoEntry: false }) === undefined) return part;
  }
  return missingPart(resolve(dirname(path), readlinkSync(path))); // all is there: a link that leads nowhere
}

/** Where a copy from a container goes: links are followed, also one that leads to a file not made yet. Throws in Docker's words. */
export function localDestination(path: string): CopyEnd {
  const full = absolute(path);
  checkOutputPath(full);
  let end = resolve(path);
  const suffix = end === '/' ? '' : full.slice(end.length);
  for (let links = 0; links <= LINK_LIMIT; links += 1) {
    const stat = lstatSync(end, { throwIfNoEntry: false });
    if (stat === undefined) return { path: end + suffix, kind: undefined };
    if (!stat.isSymbolicLink())
      return { path: end + suffix, kind: stat.isDirectory() ? 'directory' : 'file' };
    end = resolve(dirname(end), readlinkSync(end));
  }
  throw new PlainError(`${full}: too many symbolic links`);
}
