/** Reads a directory of the host as a tar archive, through GNU tar: Node cannot read extended attributes. */
import { type ChildProcess, spawn } from 'node:child_process';
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
  const verdict = verdictOn(child, directory);
  verdict.catch(() => {}); // thrown below
  child.stdin.on('error', () => {}); // tar ended first; its exit status tells why
  child.stdin.end(Buffer.concat((options.only ?? []).flatMap((name) => [name, Buffer.of(0)])));
  const output = async function* () {
    yield* child.stdout as AsyncIterable<Buffer>;
    await verdict; // an early end has a reason that is better than 'unexpected end'
  };
  try {
    const archive = output();
    yield* readTarMembers(archive);
    // The zeros behind the end mark, by the same iterator: a stream with one does not flow on resume(), and would never end.
    while ((await archive.next()).done !== true);
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
  }
}

/** tar's words for what changed or vanished while it was reading (its exit status is 1 or 2 then). */
const CHANGED = /No such file or directory|Exiting with failure status|file changed as we read it/;

/** Rejects when tar ended otherwise than it should. */
async function verdictOn(child: ChildProcess, directory: string): Promise<void> {
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    said = (said + data.toString('utf8')).slice(-2000);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => reject(startError('tar', cause)));
    child.on('close', (status) => resolve(status ?? -1));
  });
  if (code === 0 || code === 1) return;
  const lines = said.trim().split('\n');
  if (code === 2 && lines.every((line) => CHANGED.test(line))) return;
  throw new LayerError('INTERNAL', `reading ${directory}: ${said.trim() || `exit status ${code}`}`);
}
