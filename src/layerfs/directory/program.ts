/** Runs the host's programs (tar, mount, umount, rm, sync) to their end. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { LayerError } from '../errors.ts';

export interface ProgramResult {
  exitCode: number;
  stderr: string;
}

/**
 * Nothing of the caller's environment: TAR_OPTIONS and the like run programs, and a PATH with '.' would look for tar in the hostile
 * folder it is to read (CVE-2026-41567). Messages in English, to be recognised; UTF-8, so that names pass unchanged.
 * libmount ≥ 2.39 cuts long option strings of overlayfs unless it uses mount(2).
 */
export function programEnv(): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/run/current-system/sw/bin',
    LC_ALL: 'C.UTF-8',
    LIBMOUNT_FORCE_MOUNT2: 'always',
  };
}

/** Never throws for a non-zero exit. Throws UNAVAILABLE when the program is not installed. */
export function runProgram(file: string, args: readonly string[], cwd?: string): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: programEnv(), stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      if (stderr.length < 8000) stderr += data.toString('utf8');
    });
    child.on('error', (cause) => reject(startError(file, cause)));
    child.on('close', (code) => resolve({ exitCode: code ?? -1, stderr: stderr.trim() }));
  });
}

/** What it means that a program could not be started or was aborted. */
export function startError(file: string, cause: unknown): LayerError {
  const { name, code, message } = cause as NodeJS.ErrnoException;
  if (name === 'AbortError') return new LayerError('CANCELED', `${file}: canceled`, { cause });
  if (code !== 'ENOENT') return new LayerError('INTERNAL', `${file}: ${message}`, { cause });
  return new LayerError('UNAVAILABLE', `${file}: program not found`, {
    cause,
    hint: `install ${file} (GNU/Linux base tools)`,
  });
}

/** More than a container leaves that wrote little: starting rm for that takes longer than the work. */
const SMALL_TREE_ENTRIES = 100;

/** Removes a tree, never following a symlink or crossing into a mounted file system. */
export async function removeTree(path: string): Promise<void> {
  if (removeSmall(path)) return;
  const args = ['-rf', '--one-file-system', '--', path];
  const first = await runProgram('rm', args);
  if (first.exitCode === 0) return;
  // a program that was killed may still have been writing
  const second = await runProgram('rm', args);
  if (second.exitCode !== 0)
    throw new LayerError('INTERNAL', `removing ${path}: ${second.stderr.slice(0, 1000)}`);
}

/**
 * True when it is gone: a tree of few entries on one file system. Directories are opened without following links and their entries
 * reached through the descriptor, so that nobody can lead us elsewhere. Anything unexpected is left to rm.
 */
function removeSmall(path: string): boolean {
  let left = SMALL_TREE_ENTRIES;
  const remove = (at: Buffer, device: number): boolean => {
    const stat = lstatSync(at);
    if (stat.dev !== device || left-- <= 0) return false;
    if (!stat.isDirectory()) {
      unlinkSync(at);
      return true;
    }
    const fd = openSync(at, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      if (fstatSync(fd).dev !== device) return false;
      const inside = `/proc/self/fd/${fd}/`;
      const names = readdirSync(inside, { encoding: 'buffer' });
      const all = names.map((name) => Buffer.concat([Buffer.from(inside), name]));
      if (names.length > left || !all.every((child) => remove(child, device))) return false;
    } finally {
      closeSync(fd);
    }
    rmdirSync(at);
    return true;
  };
  try {
    return remove(Buffer.from(path), lstatSync(path).dev);
  } catch (error) {
    return (
      (error as NodeJS.ErrnoException).code === 'ENOENT' &&
      lstatSync(path, { throwIfNoEntry: false }) === undefined
    );
  }
}
