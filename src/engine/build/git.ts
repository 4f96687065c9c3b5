/** Git repositories as build contexts and ADD sources: `URL#ref:folder` (Docker's build reference, "Git repositories"). */
import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import { EngineError } from '../errors.ts';
import { type SshAccess, sshCommand } from './ssh-command.ts';

export interface GitUrl {
  repository: string;
  /** branch, tag or commit; undefined = the remote's HEAD */
  ref?: string;
  /** inside the repository, no leading '/' */
  folder: string;
}

/** `https://….git`, `git://…`, `ssh://…`, `git@host:…`, `github.com/…`, each with an optional #ref:folder; undefined for all else. */
export function parseGitUrl(text: string): GitUrl | undefined {
  const hash = text.indexOf('#');
  const url = hash < 0 ? text : text.slice(0, hash);
  const isGit =
    /^(git|ssh):\/\//.test(url) ||
    /^git@[^:]+:/.test(url) ||
    /^https?:\/\/.*\.git$/.test(url) ||
    /^file:\/\/.*\.git$/.test(url) ||
    /^github\.com\//.test(url);
  if (!isGit) return undefined;
  const [ref = '', ...folder] = hash < 0 ? [] : text.slice(hash + 1).split(':');
  const repository = url.startsWith('github.com/') ? `https://${url}` : url;
  return { repository, ref: ref || undefined, folder: folder.join(':').replace(/^\/+/, '') };
}

interface CheckOutOptions extends SshAccess {
  signal?: AbortSignal;
  keepGitDir?: boolean;
  commit?: string;
}

const SAFE_REF = /^[A-Za-z0-9_][A-Za-z0-9_./+@-]*$/;

/**
 * Fetches one revision into `target` (made anew) and returns the folder asked for. History, hooks and local settings of the
 * user don't count; `commit` is what the revision's id must be, or begin with (DATA_LOSS); the ref can't be an option for git (CVE-2019-13139), the folder can't leave the repository (CVE-2026-33748).
 */
export async function checkOut(url: GitUrl, target: string, options: CheckOutOptions = {}): Promise<string> {
  const { repository, ref = 'HEAD', folder } = url;
  if (!SAFE_REF.test(ref) || ref.includes('..'))
    throw new EngineError('INVALID_ARGUMENT', `invalid git ref ${JSON.stringify(ref)}`);
  if (repository.startsWith('-'))
    throw new EngineError('INVALID_ARGUMENT', `invalid git repository ${JSON.stringify(repository)}`);
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    HOME: '/nonexistent',
    GIT_SSH_COMMAND: sshCommand(options),
    ...(options.agent === undefined ? {} : { SSH_AUTH_SOCK: options.agent }),
  };
  const git = (...args: string[]) =>
    runCommand('git', ['-C', target, '-c', 'core.hooksPath=/dev/null', ...args], {
      env,
      signal: options.signal,
      endsWithChildren: true, // transports, submodules
    });
  await runCommand('git', ['init', '-q', '--', target], { env });
  try {
    await git('fetch', '-q', '--depth=1', '--no-tags', '--end-of-options', repository, ref).catch(
      async (error: unknown) => {
        // servers that don't give a commit by its id: everything, then look
        if (!/^[0-9a-f]{7,64}$/.test(ref)) throw error;
        await git('fetch', '-q', '--end-of-options', repository);
      },
    );
    const found = /^[0-9a-f]{7,64}$/.test(ref) ? ref : 'FETCH_HEAD';
    await git('checkout', '-q', '--detach', found, '--');
    await fetchSubmodules(git, target, repository);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new EngineError('UNAVAILABLE', `fetch ${repository}#${ref}: ${(cause as Error).message}`, {
      cause,
      hint: 'check the URL and the branch, tag or commit',
    });
  }
  const { stdout } = await git('rev-parse', 'HEAD');
  const got = stdout.toString().trim();
  if (options.commit !== undefined && !got.startsWith(options.commit))
    throw new EngineError('DATA_LOSS', `expected checksum to match ${options.commit}, got ${got}`, {
      hint: 'the branch or tag is not at the commit that was named',
    });
  if (!options.keepGitDir) await runCommand('find', [target, '-name', '.git', '-prune', ...REMOVE]);
  return insideOf(target, folder);
}

/** Of submodules, too; no repository has a file of this name. */
const REMOVE = ['-exec', 'rm', '-rf', '--', '{}', '+'];

type Git = (...args: string[]) => Promise<unknown>;

/**
 * The repositories that this one names as its parts, and theirs (Docker's build reference, "Git repositories"). Their URLs are a
 * stranger's: no repository of this machine, and no program as a transport (CVE-2022-39253).
 */
async function fetchSubmodules(git: Git, target: string, repository: string): Promise<void> {
  if (lstatSync(join(target, '.gitmodules'), { throwIfNoEntry: false })?.isFile() !== true) return;
  await git('config', 'remote.origin.url', repository); // relative URLs count from it
  const only = ['protocol.allow=never', ...TRANSPORTS.map((name) => `protocol.${name}.allow=always`)];
  const settings = only.flatMap((setting) => ['-c', setting]);
  await git(...settings, 'submodule', '-q', 'update', '--init', '--recursive', '--depth=1');
}

const TRANSPORTS = ['http', 'https', 'git', 'ssh'];

function insideOf(target: string, folder: string): string {
  const root = realpathSync(target);
  const path = join(root, folder);
  let real: string;
  try {
    real = realpathSync(path);
  } catch (cause) {
    throw new EngineError('NOT_FOUND', `folder ${JSON.stringify(folder)} is not in the repository`, {
      cause,
    });
  }
  if (real !== root && !real.startsWith(`${root}/`))
    throw new EngineError('INVALID_ARGUMENT', `folder ${JSON.stringify(folder)} leads out of the repository`);
  if (!lstatSync(real).isDirectory())
    throw new EngineError('INVALID_ARGUMENT', `${JSON.stringify(folder)} is not a folder of the repository`);
  return real;
}
