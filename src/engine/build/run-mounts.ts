/** RUN --mount: cache, bind, tmpfs, secret and ssh, turned into mounts of the step's container. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { BuildOptions } from '../types/build.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { resolveDirectory } from './dockerfile/metadata.ts';
import type { RunInstruction } from './run-step.ts';

/** One --mount flag, read. */
export interface MountFlag {
  type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  target?: string;
  source?: string;
  from?: string;
  id?: string;
  env?: string;
  readOnly?: boolean;
  required: boolean;
  mode?: number;
  uid: number;
  gid: number;
  size?: string;
  sharing: 'shared' | 'private' | 'locked';
}

export interface RunMounts {
  binds: string[];
  tmpfs: Record<string, string>;
  env: string[];
  /** paths in the image that only carry a mount: no part of the layer */
  targets: string[];
  /** Hook for what must be undone in the container's root before its layer is read. */
  cleanTargets(containerId: string): Promise<void>;
  close(): Promise<void>;
}

const BOOLEAN = new Set(['', 'true', '1']);

/** Reads the flags of a RUN. Throws DockerfileError: unknown type or key, missing value. */
export function readMountFlags(instruction: RunInstruction): MountFlag[] {
  return (instruction.flags.mount ?? []).map((text) => readMountFlag(text, instruction));
}

function readMountFlag(text: string, instruction: RunInstruction): MountFlag {
  const fail = (message: string): never => {
    throw new DockerfileError(message, instruction);
  };
  const mount: MountFlag = { type: 'bind', required: false, uid: 0, gid: 0, sharing: 'shared' };
  for (const field of text.split(',')) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? '' : field.slice(equals + 1);
    const number = () => (/^\d+$/.test(value) ? Number(value) : fail(`invalid value for ${key}: ${value}`));
    switch (key) {
      case 'type':
        if (!['bind', 'cache', 'tmpfs', 'secret', 'ssh'].includes(value))
          fail(`unsupported mount type ${JSON.stringify(value)}`);
        mount.type = value as MountFlag['type'];
        break;
      case 'target':
      case 'dst':
      case 'destination':
        mount.target = value;
        break;
      case 'source':
      case 'src':
        mount.source = value;
        break;
      case 'from':
      case 'id':
      case 'env':
      case 'size':
        mount[key] = value;
        break;
      case 'ro':
      case 'readonly':
        mount.readOnly = BOOLEAN.has(value);
        break;
      case 'rw':
      case 'readwrite':
        mount.readOnly = !BOOLEAN.has(value);
        break;
      case 'required':
        mount.required = BOOLEAN.has(value);
        break;
      case 'mode':
        mount.mode = /^[0-7]+$/.test(value)
          ? Number.parseInt(value, 8)
          : fail(`invalid value for mode: ${value}`);
        break;
      case 'uid':
      case 'gid':
        mount[key] = number();
        break;
      case 'sharing':
        if (!['shared', 'private', 'locked'].includes(value))
          fail(`unsupported sharing value ${JSON.stringify(value)}`);
        mount.sharing = value as MountFlag['sharing'];
        break;
      default:
        fail(`unexpected key '${key}' in '${field}'`);
    }
  }
  const needsTarget = mount.type === 'bind' || mount.type === 'cache' || mount.type === 'tmpfs';
  if (needsTarget && !mount.target)
    fail(`invalid mount config for type "${mount.type}": field Target must not be empty`);
  return mount;
}

export interface MountSources {
  options: Pick<BuildOptions, 'secrets' | 'ssh'>;
  workingDir: string;
  /** absolute path of a folder or file of the context, a stage or an image, resolved inside its root */
  resolve(from: string | undefined, source: string): Promise<string>;
}

/** Makes what the mounts need. `close` removes the secrets' copies. Throws DockerfileError for a required secret that is missing. */
export async function prepareMounts(
  ctx: Context,
  instruction: RunInstruction,
  sources: MountSources,
): Promise<RunMounts> {
  const scratch: string[] = [];
  const mounts: RunMounts = {
    binds: [],
    tmpfs: {},
    env: [],
    targets: [],
    cleanTargets: async () => {},
    close: async () => {
      for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
    },
  };
  const add = (source: string, target: string, options: string) => {
    mounts.binds.push(`${source}:${target}:${options}`);
    mounts.targets.push(target);
  };
  for (const flag of readMountFlags(instruction)) {
    const target = flag.target === undefined ? undefined : resolveDirectory(sources.workingDir, flag.target);
    switch (flag.type) {
      case 'bind': {
        const source = await sources.resolve(flag.from, flag.source ?? '');
        add(source, target!, 'ro');
        break;
      }
      case 'cache':
        add(cacheFolder(ctx, flag, target!), target!, flag.readOnly ? 'ro' : 'rw');
        break;
      case 'tmpfs':
        mounts.tmpfs[target!] = flag.size === undefined ? '' : `size=${flag.size}`;
        mounts.targets.push(target!);
        break;
      case 'secret':
      case 'ssh':
        addSecret(ctx, { flag, target, instruction, sources, mounts, scratch, add });
        break;
    }
  }
  return mounts;
}

/** A cache lives as long as the store; its name is a digest of the id, so no id can lead anywhere else (CVE-2024-9675). */
function cacheFolder(ctx: Context, flag: MountFlag, target: string): string {
  const name = createHash('sha256')
    .update(flag.id ?? target)
    .digest('hex');
  const folder = join(ctx.paths.root, 'build', 'cache-mounts', name);
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, flag.mode ?? 0o755);
  chownSync(folder, flag.uid, flag.gid);
  return folder;
}

interface SecretRequest {
  flag: MountFlag;
  target: string | undefined;
  instruction: RunInstruction;
  sources: MountSources;
  mounts: RunMounts;
  scratch: string[];
  add(source: string, target: string, options: string): void;
}

/** Secrets live in memory (a folder on /run's tmpfs) and only while the step runs; never in the key, the history or a log. */
function addSecret(ctx: Context, request: SecretRequest): void {
  const { flag, target, sources, mounts, scratch, add } = request;
  const id = flag.id ?? (flag.type === 'ssh' ? 'default' : (target?.split('/').pop() ?? ''));
  if (flag.type === 'ssh') return addAgent(request, id);
  const secret = sources.options.secrets?.[id];
  if (secret === undefined) {
    if (flag.required) throw missing(request, `secret ${id}`, `--secret id=${id},src=FILE`);
    return;
  }
  const value = secret.value ?? readFileSync(secret.file!);
  if (flag.env !== undefined) mounts.env.push(`${flag.env}=${value.toString('utf8')}`);
  if (flag.env !== undefined && target === undefined) return;
  const folder = mkdtempSync(join(ctx.paths.runRoot, 'secret-'));
  scratch.push(folder);
  const file = join(folder, 'value');
  writeFileSync(file, value, { mode: flag.mode ?? 0o400 });
  chownSync(file, flag.uid, flag.gid);
  add(file, target ?? `/run/secrets/${id}`, 'ro');
}

function addAgent(request: SecretRequest, id: string): void {
  const { flag, target, sources, mounts, add } = request;
  const socket = sources.options.ssh?.[id];
  if (socket === undefined) {
    if (flag.required) throw missing(request, `ssh agent ${id}`, `--ssh ${id}`);
    return;
  }
  const inside = target ?? `/run/buildkit/ssh_agent.${mounts.targets.length}`;
  add(socket, inside, 'rw');
  mounts.env.push(`SSH_AUTH_SOCK=${inside}`);
}

function missing({ instruction }: SecretRequest, what: string, flag: string): DockerfileError {
  return new DockerfileError(`${what}: not found`, instruction, `give it with ${flag}`);
}
