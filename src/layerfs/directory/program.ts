/** Runs the host's programs (tar, mount, umount, rm, sync) to their end. */
import { spawn } from 'node:child_process';
import { LayerError } from '../errors.ts';

export interface ProgramResult {
  exitCode: number;
  stderr: string;
}

/**
 * Messages in English, to be recognised; UTF-8, so that names pass unchanged. libmount ≥ 2.39 cuts long option strings of
 * overlayfs unless it uses mount(2).
 */
export function programEnv(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
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

/** Removes a tree, never following a symlink or crossing into a mounted file system. */
export async function removeTree(path: string): Promise<void> {
  const args = ['-rf', '--one-file-system', '--', path];
  const first = await runProgram('rm', args);
  if (first.exitCode === 0) return;
  // a program that was killed may still have been writing
  const second = await runProgram('rm', args);
  if (second.exitCode !== 0)
    throw new LayerError('INTERNAL', `removing ${path}: ${second.stderr.slice(0, 1000)}`);
}
