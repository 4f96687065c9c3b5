/** RUN --mount: cache, bind, tmpfs, secret and ssh, turned into mounts of the step's container. */
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretEnv } from '../containers/start.ts';
import type { Context } from '../context.ts';
import type { BuildOptions } from '../types/build.ts';
import { openCacheMount } from './cache-mounts.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { resolveDirectory } from './dockerfile/metadata.ts';
import type { MountFlag } from './mount-flags.ts';
import { type RunInstruction, scriptPath } from './run-command.ts';
import { makeMemoryScratch, makeScratch, removeScratch } from './scratch.ts';

export interface RunMounts {
  binds: string[];
  tmpfs: Record<string, string>;
  /** for the process alone, in no record and on no disk */
  secret?: SecretEnv;
  env: string[];
  /** paths in the image that carry a mount */
  targets: string[];
  close(): Promise<void>;
}

export interface MountSources {
  options: Pick<BuildOptions, 'secrets' | 'ssh' | 'signal'>;
  workingDir: string;
  flags: readonly MountFlag[];
  /** A private, writable picture of a folder or file of the context, a stage or an image; it lives until `close`. */
  open(flag: MountFlag): Promise<{ path: string; close(): Promise<void> }>;
}

/** What one step's mounts are gathered in. */
interface Gathering {
  ctx: Context;
  instruction: RunInstruction;
  sources: MountSources;
  mounts: RunMounts;
  secretEnv: string[];
  closers: (() => Promise<void>)[];
}

/** Makes what the mounts need. `close` undoes it. Throws DockerfileError for a required secret that is missing, CANCELED. */
export async function prepareMounts(
  ctx: Context,
  instruction: RunInstruction,
  sources: MountSources,
): Promise<RunMounts> {
  const closers: Gathering['closers'] = [];
  const close = async () => {
    for (const undo of closers.splice(0).reverse()) await undo();
  };
  const mounts: RunMounts = { binds: [], tmpfs: {}, env: [], targets: [], close };
  const gathering: Gathering = { ctx, instruction, sources, mounts, closers, secretEnv: [] };
  try {
    addScripts(gathering);
    for (const flag of sources.flags) await addMount(gathering, flag);
    await keepSecretEnv(gathering);
    return mounts;
  } catch (error) {
    await close();
    throw error;
  }
}

async function addMount(gathering: Gathering, flag: MountFlag): Promise<void> {
  const { ctx, sources, mounts, closers } = gathering;
  const target = flag.target === undefined ? undefined : resolveDirectory(sources.workingDir, flag.target);
  switch (flag.type) {
    case 'bind': {
      const { path, close } = await sources.open(flag);
      closers.push(close);
      add(mounts, path, target!, flag.readOnly === false ? 'rw' : 'ro');
      break;
    }
    case 'cache': {
      const { signal } = sources.options;
      const { folder, close } = await openCacheMount(ctx, { flag, target: target!, sources, signal });
      closers.push(close);
      add(mounts, folder, target!, flag.readOnly ? 'ro' : 'rw');
      break;
    }
    case 'tmpfs':
      mounts.tmpfs[target!] = flag.sizeBytes ? `size=${flag.sizeBytes}` : '';
      mounts.targets.push(target!);
      break;
    case 'secret':
      await addSecret(gathering, flag, target);
      break;
    case 'ssh':
      addAgent(gathering, flag, target);
  }
}

function add(mounts: RunMounts, source: string, target: string, options: string): void {
  mounts.binds.push(`${source}:${target}:${options}`);
  mounts.targets.push(target);
}

/** A heredoc that begins with #! is run as a file, by the kernel's rule. */
function addScripts({ ctx, instruction, mounts, closers }: Gathering): void {
  const [script] = instruction.heredocs;
  if (instruction.heredocs.length !== 1 || !script!.content.startsWith('#!')) return;
  const folder = makeScratch(ctx, 'script');
  closers.push(async () => removeScratch(ctx, folder));
  const file = join(folder, 'script');
  writeFileSync(file, script!.content);
  chmodSync(file, 0o755); // whatever the umask, for any USER
  mounts.binds.push(`${file}:${scriptPath(script!.name)}:ro`);
}

/** Secrets live in memory and only while the step runs; never in the key, the history or a log. */
async function addSecret(gathering: Gathering, flag: MountFlag, target: string | undefined): Promise<void> {
  const { ctx, sources, mounts, closers } = gathering;
  const id = flag.source || flag.id || (target?.split('/').pop() ?? '');
  const secret = sources.options.secrets?.[id];
  if (secret === undefined) {
    if (flag.required) throw missing(gathering, `secret ${id}`, `--secret id=${id},src=FILE`);
    return;
  }
  const value = secret.value ?? readFileSync(secret.file!);
  if (flag.env !== undefined) gathering.secretEnv.push(`${flag.env}=${value.toString('utf8')}`);
  if (flag.env !== undefined && target === undefined) return;
  const { folder, close } = await makeMemoryScratch(ctx, 'secret');
  closers.push(close);
  const file = join(folder, 'value');
  writeFileSync(file, value, { mode: 0o600 });
  chmodSync(file, flag.mode ?? 0o400);
  chownSync(file, flag.uid, flag.gid);
  add(mounts, file, target ?? `/run/secrets/${id.split('/').pop()}`, 'ro');
}

/** The container's configuration names its variables: it lies in memory, too. */
async function keepSecretEnv({ ctx, mounts, closers, secretEnv: env }: Gathering): Promise<void> {
  if (env.length === 0) return;
  const { folder, close } = await makeMemoryScratch(ctx, 'spec');
  closers.push(close);
  mounts.secret = { env, folder };
}

function addAgent(gathering: Gathering, flag: MountFlag, target: string | undefined): void {
  const { sources, mounts } = gathering;
  const id = flag.id ?? 'default';
  const socket = sources.options.ssh?.[id];
  if (socket === undefined) {
    if (flag.required) throw missing(gathering, `ssh agent ${id}`, `--ssh ${id}`);
    return;
  }
  const inside = target ?? `/run/buildkit/ssh_agent.${mounts.targets.length}`;
  add(mounts, socket, inside, 'rw');
  mounts.env.push(`SSH_AUTH_SOCK=${inside}`);
}

function missing({ instruction }: Gathering, what: string, flag: string): DockerfileError {
  return new DockerfileError(`${what}: not found`, instruction, `give it with ${flag}`);
}
