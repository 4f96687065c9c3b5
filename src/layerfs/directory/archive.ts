/** Reads a directory of the host as a tar archive, through GNU tar: Node cannot read extended attributes. */
import { spawn } from 'node:child_process';
import { LayerError } from '../errors.ts';
import type { TarEntry } from '../tar/entry.ts';
import { readTarMembers } from '../tar/read.ts';
import { programEnv, startError } from './program.ts';

export interface ArchiveOptions {
  /** names relative to the directory, their content not included; without it everything */
  only?: readonly Buffer[];
  signal?: AbortSignal;
}

const TAR_ARGS = [
  '--create',
  '--file=-',
  '--blocking-factor=128',
  '--format=pax',
  '--pax-option=delete=atime,delete=ctime',
  '--numeric-owner',
  '--xattrs',
  '--xattrs-include=*',
  '--sparse',
  '--one-file-system',
  '--sort=name',
  '--warning=no-file-ignored', // sockets
];

/**
 * The members of `directory`, sorted within each directory, names beginning with './'. Files that change or vanish meanwhile
 * are no error, sockets are left out.
 */
export async function* archiveDirectory(
  directory: string,
  options: ArchiveOptions = {},
): AsyncGenerator<TarEntry, void, void> {
  const which =
    options.only === undefined
      ? ['.']
      : ['--no-recursion', '--null', '--verbatim-files-from', '--files-from=-'];
  const child = spawn('tar', [...TAR_ARGS, ...which], {
    cwd: directory,
    env: programEnv(),
    signal: options.signal,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said = (said + data.toString('utf8')).slice(-2000)));
  child.stdin.on('error', () => {}); // tar ended first; its exit status tells why
  child.stdin.end(Buffer.concat((options.only ?? []).flatMap((name) => [name, Buffer.of(0)])));
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => reject(startError('tar', cause)));
    child.on('close', (code) => resolve(code ?? -1));
  });
  ended.catch(() => {}); // awaited below
  try {
    yield* readTarMembers(child.stdout);
    child.stdout.resume();
    const code = await ended;
    // 1: "some files differ", they changed while being read
    if (code > 1 || code < 0)
      throw new LayerError('INTERNAL', `reading ${directory}: ${said.trim() || `exit status ${code}`}`);
  } catch (error) {
    if (options.signal?.aborted)
      throw new LayerError('CANCELED', `reading ${directory}: canceled`, { cause: error });
    throw error;
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
  }
}
