/**
 * What `cp` does with SRC and DEST, as Docker's table has it (docs, "docker cp"; moby pkg/archive CopyInfo). Pure.
 * The same rules hold in both directions; the caller says what it found at both ends.
 */
import { EngineError } from '../../errors.ts';

/** One end of a copy. `path` is as the user gave it, a trailing '/' or '/.' means something. */
export interface CopyEnd {
  path: string;
  /** undefined = nothing is there (its parent folder is) */
  kind: 'file' | 'directory' | undefined;
}

/** Unpack the source's archive in the folder `folder`, its first entry renamed to `name`; '' = only what the folder holds. */
export interface CopyPlan {
  folder: string;
  name: string;
}

/** 'dir/', 'dir/.' */
export const assertsDirectory = (path: string): boolean => path.endsWith('/') || isContents(path);

/** 'dir/.': what the folder holds, not the folder. */
export const isContents = (path: string): boolean => /(?:^|\/)\.\/*$/.test(path);

/** Throws NOT_FOUND 'no such directory' (B), FAILED_PRECONDITION 'not a directory', 'cannot copy directory' (F, I). */
export function planCopy(source: CopyEnd & { kind: 'file' | 'directory' }, destination: CopyEnd): CopyPlan {
  if (source.kind === 'file' && assertsDirectory(source.path)) throw notDirectory(source.path);
  if (destination.kind === 'file' && assertsDirectory(destination.path)) throw notDirectory(destination.path);
  if (destination.kind === 'directory') {
    return { folder: destination.path, name: isContents(source.path) ? '' : baseName(source.path) };
  }
  if (source.kind === 'directory' && destination.kind === 'file') {
    throw new EngineError('FAILED_PRECONDITION', 'cannot copy directory', {
      hint: `${destination.path} is a file: name a folder, or one that does not exist`,
    });
  }
  if (source.kind === 'file' && assertsDirectory(destination.path)) {
    throw new EngineError('NOT_FOUND', 'no such directory', {
      hint: `make ${destination.path} first, or leave out the last /`,
    });
  }
  return { folder: parentOf(destination.path), name: baseName(destination.path) };
}

/** Last component, '/' for the root: 'a/b/' and 'a/b/.' are 'b'. */
export function baseName(path: string): string {
  return (
    path
      .replace(/(?:\/\.?)+$/, '')
      .split('/')
      .pop() || '/'
  );
}

function parentOf(path: string): string {
  const parts = path.replace(/(?:\/\.?)+$/, '').split('/');
  parts.pop();
  return parts.length === 0 ? '.' : parts.join('/') || '/';
}

function notDirectory(path: string): EngineError {
  return new EngineError('FAILED_PRECONDITION', 'not a directory', { hint: `${path} is a file` });
}
