/** Verb version: boxtop and the programs it stands on. */
import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import { hostFacts } from '../runtime/host.ts';
import { chooseRuntime, findProgram } from '../runtime/runtime.ts';

/** The Docker API whose shapes the engine speaks. */
const API_VERSION = '1.41';

/** A part and its version; undefined when it isn't installed. */
export interface Part {
  name: string;
  path: string;
  version: string;
}

/** GET /version. Components: engine, runtime, monitor, network helper; those that are missing are left out. */
export async function version(ctx: Context): Promise<Record<string, unknown>> {
  const parts = await Promise.all([
    runtimePart(ctx),
    partOf('conmon'),
    partOf('netavark'),
    partOf('catatonit'),
  ]);
  const facts = {
    Version: ENGINE_VERSION,
    ApiVersion: API_VERSION,
    MinAPIVersion: API_VERSION,
    Os: 'linux',
    Arch: hostFacts().goArch,
    KernelVersion: kernelVersion(),
    NodeVersion: process.versions.node,
  };
  const { Version, ...Details } = facts;
  const engine = { Name: 'Engine', Version, Details };
  const others = parts
    .filter((part) => part !== undefined)
    .map(({ name, path, version: Version }) => ({ Name: name, Version, Details: { Path: path } }));
  return { Platform: { Name: `boxtop (${arch()})` }, ...facts, Components: [engine, ...others] };
}

export const kernelVersion = (): string => readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();

/** The runtime a container would get. */
export async function runtimePart(ctx: Context): Promise<Part | undefined> {
  try {
    return await partOf(chooseRuntime(ctx, undefined).program);
  } catch {
    return undefined; // none is installed: info's warnings say so
  }
}

/** A program's version as its `--version` prints it. */
export async function partOf(program: string): Promise<Part | undefined> {
  const path =
    program === 'netavark'
      ? (findProgram('/usr/lib/podman/netavark') ?? findProgram('/usr/libexec/podman/netavark'))
      : findProgram(program);
  if (path === undefined) return undefined;
  const { stdout, stderr } = await runCommand(path, ['--version'], { allowFailure: true });
  const found = /\d+\.\d+[A-Za-z\d.+~-]*/.exec(stdout || stderr);
  return { name: path.split('/').pop()!, path, version: found?.[0] ?? 'unknown' };
}
