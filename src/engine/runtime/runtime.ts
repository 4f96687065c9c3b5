/** The OCI runtime of this machine (crun, else runc) and the commands it takes. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { hostFacts } from './host.ts';
import { forgetContainer, releaseProcess, removeGroups } from './in-process.ts';
import { cgroupsPath } from './spec.ts';

export interface Runtime {
  /** 'runc' | 'crun' | the path the user gave */
  name: string;
  /** the runtime itself */
  program: string;
  /** what to execute: the runtime, or a wrapper that executes it */
  path: string;
  /** before the verb */
  globalArgs: readonly string[];
  /** where it keeps a folder for each container it knows */
  stateFolder: string;
}

/** A runtime that hangs must not take the commands after it along. */
const COMMAND_TIMEOUT_MS = 30_000;

const PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * crun refuses hybrid cgroups only because it sees the cgroup2 tree: in a mount namespace of its own without that tree it works, and
 * is still faster than runc (+3 ms; a whole `run` takes 93 ms instead of 135).
 */
const HYBRID_WRAPPER: readonly string[] = [
  '-m',
  '--propagation',
  'slave',
  'sh',
  '-c',
  'umount /sys/fs/cgroup/unified && exec crun "$@"',
  'crun',
];

/**
 * crun, else runc, else what the user names. Throws INVALID_ARGUMENT for an unknown name, UNAVAILABLE (exitCode 125) when none is installed.
 */
export function chooseRuntime(ctx: Context, wanted: string | undefined): Runtime {
  // containerd's name of its default
  const name = wanted === 'io.containerd.runc.v2' ? 'runc' : wanted || undefined;
  if (name !== undefined && !['runc', 'crun'].includes(name) && !name.startsWith('/')) {
    throw new EngineError('INVALID_ARGUMENT', `Unknown runtime specified ${name}`, {
      exitCode: 125,
      hint: 'use runc, crun or a path',
    });
  }
  const order = name === undefined ? ['crun', 'runc'] : [name];
  for (const candidate of order) {
    const runtime = findRuntime(ctx, candidate);
    if (runtime !== undefined) return runtime;
  }
  throw new EngineError('UNAVAILABLE', `${order[0]}: program not found`, {
    hint: name?.startsWith('/')
      ? 'name an OCI runtime that is installed and executable'
      : `install it, e.g.: apt-get install ${order[0]}`,
    exitCode: 125,
  });
}

/** To clear up with: the runtime a container has, or one of its kind when that program is gone. */
export function runtimeToClear(ctx: Context, wanted: string | undefined): Runtime {
  try {
    return chooseRuntime(ctx, wanted);
  } catch (error) {
    if (codeOf(error) !== 'UNAVAILABLE' || wanted === undefined) throw error;
    return chooseRuntime(ctx, /crun[^/]*$/.test(wanted) ? 'crun' : 'runc');
  }
}

function findRuntime(ctx: Context, name: string): Runtime | undefined {
  const program = findProgram(name);
  const stateFolder = ctx.paths.runtimeState;
  const globalArgs = [`--root=${stateFolder}`];
  if (program === undefined) return undefined;
  if (name !== 'crun' || hostFacts().cgroupMode !== 'hybrid')
    return { name, program, path: program, globalArgs, stateFolder };
  const unshare = findProgram('unshare');
  if (unshare === undefined) return undefined;
  return { name, program, path: unshare, globalArgs: [...HYBRID_WRAPPER, ...globalArgs], stateFolder };
}

/** Absolute path of a program in the system's folders. */
export function findProgram(name: string): string | undefined {
  const paths = name.startsWith('/') ? [name] : PLACES.map((place) => `${place}/${name}`);
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/** Runs one verb of the runtime on a container. Throws INTERNAL with what it printed. */
export async function runtimeCommand(runtime: Runtime, args: readonly string[]): Promise<string> {
  const options = { timeoutMs: COMMAND_TIMEOUT_MS };
  return (await runCommand(runtime.path, [...runtime.globalArgs, ...args], options)).stdout;
}

/** Lets a created container's process run. */
export async function startProcess(
  ctx: Context,
  runtime: Runtime,
  created: { id: string; pid: number },
): Promise<void> {
  if (await releaseProcess(ctx.paths.runtimeState, runtime.name, created)) return;
  await runtimeCommand(runtime, ['start', created.id]);
}

/** Removes what a runtime keeps of a container whose process has ended. */
export async function forgetEnded(
  ctx: Context,
  runtime: Runtime,
  { Id, HostConfig }: Pick<ContainerRecord, 'Id' | 'HostConfig'>,
): Promise<void> {
  const path = cgroupsPath(Id, HostConfig.CgroupParent);
  if (!forgetContainer(ctx.paths.runtimeState, path, Id))
    await deleteFromRuntime(runtime, { Id, HostConfig });
}

/** Removes what the runtime keeps of a container, killing what is left of it. No error when it knows nothing. */
export async function deleteFromRuntime(
  runtime: Runtime,
  { Id, HostConfig }: Pick<ContainerRecord, 'Id' | 'HostConfig'>,
): Promise<void> {
  if (existsSync(join(runtime.stateFolder, Id))) await runDelete(runtime, Id);
  await removeGroups(cgroupsPath(Id, HostConfig.CgroupParent));
}

async function runDelete(runtime: Runtime, id: string): Promise<void> {
  const result = await runCommand(runtime.path, [...runtime.globalArgs, 'delete', '--force', id], {
    allowFailure: true,
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  if (result.exitCode === 0 || /does not exist|No such file/.test(result.stderr)) return;
  throw new EngineError('INTERNAL', `${runtime.name} delete: ${result.stderr.trim()}`);
}

/** Reads a pid file; undefined when there is none (yet). */
export function readPidFile(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
