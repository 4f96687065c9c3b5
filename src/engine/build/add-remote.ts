/** ADD of URLs: a file by http(s), or a git repository; fetched aside, then copied like any other file. */
import { chmodSync, utimesSync } from 'node:fs';
import { join, posix } from 'node:path';
import { EngineError } from '../errors.ts';
import { walkContext } from './context-files.ts';
import type { CopySource } from './copy-source.ts';
import type { CopyInstruction } from './copy-step.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { openFileHashes } from './file-hashes.ts';
import { checkOut, type GitUrl, parseGitUrl } from './git.ts';
import { compileIgnore } from './ignore.ts';
import type { BuildJob } from './job.ts';
import { makeScratch, removeScratch } from './scratch.ts';

export const isRemote = (source: string): boolean =>
  /^https?:\/\//.test(source) || gitSource(source) !== undefined;

/** A repository of this machine can be the context, which its user names; a Dockerfile may be a stranger's. */
const gitSource = (source: string): GitUrl | undefined =>
  source.startsWith('file:') ? undefined : parseGitUrl(source);

/** --checksum is the sha256 of one file, or the id of a git commit, whole or its beginning. Throws DockerfileError. */
export function checkChecksum(instruction: CopyInstruction, sources: readonly string[]): void {
  const { checksum } = instruction.flags;
  if (checksum === undefined) return;
  const fail = (message: string): never => {
    throw new DockerfileError(message, instruction);
  };
  const [source = ''] = sources;
  if (sources.length !== 1) fail("checksum can't be specified for multiple sources");
  if (!isRemote(source)) fail('checksum requires HTTP(S) or Git sources');
  const isGit = gitSource(source) !== undefined;
  if (!(isGit ? /^[0-9a-f]{1,64}$/ : /^sha256:[0-9a-f]{64}$/).test(checksum))
    fail(
      isGit ? `invalid checksum ${checksum}: not a commit` : `invalid checksum digest format: ${checksum}`,
    );
}

/** Docker gives a downloaded file this mode (builder reference, ADD). */
const DOWNLOAD_MODE = 0o600;

interface Wanted {
  url: string;
  instruction: CopyInstruction;
  step: number;
}

/** Fetches the source; `name` is what to copy of it ('' = a repository's files). Throws DockerfileError when the checksum differs. */
export async function remoteSource(
  job: BuildJob,
  wanted: Wanted,
): Promise<{ source: CopySource; name: string }> {
  job.cache.noteUse();
  job.recorder.giveUp();
  const folder = makeScratch(job.ctx, 'add');
  try {
    const git = gitSource(wanted.url);
    const { checksum: commit, 'keep-git-dir': keepGitDir } = wanted.instruction.flags;
    const options = { signal: job.signal, keepGitDir, commit, agent: job.options.ssh?.['default'] };
    const root = git === undefined ? folder : await checkOut(git, folder, options);
    const name = git === undefined ? await fetchFile(job, wanted, folder) : '.';
    const files = await walkContext(root, compileIgnore([]), { signal: job.signal });
    const hashes = openFileHashes(join(job.ctx.paths.runRoot, 'build-hashes'), root);
    const close = async () => removeScratch(job.ctx, folder);
    for (const file of files.values()) file.isRemote = true;
    return { source: { root, files, digestOf: hashes.digestOf, keepsOwners: false, close }, name };
  } catch (error) {
    removeScratch(job.ctx, folder);
    throw error;
  }
}

async function fetchFile(job: BuildJob, { url, instruction, step }: Wanted, folder: string): Promise<string> {
  const name = posix.basename(new URL(url).pathname);
  if (name === '' || name === '.' || name === '..') {
    throw new EngineError('INVALID_ARGUMENT', `cannot determine filename for source ${url}`, {
      hint: 'use a URL that ends with a file name',
    });
  }
  const file = join(folder, name);
  const onProgress = (current: number, total?: number) =>
    job.emit({ type: 'progress', step, label: url, current, total });
  const { download } = await import('../registry/download.ts'); // HTTP is slow to load
  const { sha256, modifiedAt = 0 } = await download(url, file, { signal: job.signal, onProgress });
  const wanted = instruction.flags.checksum;
  if (wanted !== undefined && wanted !== `sha256:${sha256}`) {
    throw new DockerfileError(
      `digest mismatch sha256:${sha256}: ${wanted}`,
      instruction,
      'the file is not the one the checksum was made of',
    );
  }
  chmodSync(file, DOWNLOAD_MODE);
  utimesSync(file, modifiedAt, modifiedAt);
  return name;
}
