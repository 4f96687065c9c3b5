/** Verb info: the store, the machine, and what is missing on it. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { imageDocuments } from '../images/records.ts';
import { hostFacts } from '../runtime/host.ts';
import { findProgram } from '../runtime/runtime.ts';
import type { SystemInfo } from '../types/engine.ts';
import { cgroupInfo, cgroupWarnings } from './cgroup-info.ts';
import { ENGINE_VERSION, kernelVersion, partOf, runtimePart } from './version.ts';

/** Program → what it is for and which Debian package has it. */
const PARTS: readonly { program: string; duty: string; install: string }[] = [
  { program: 'conmon', duty: 'no container can run without it', install: 'conmon' },
  { program: 'netavark', duty: 'only the networks none and host work', install: 'netavark' },
  { program: 'catatonit', duty: '--init does not work', install: 'catatonit' },
];

/** GET /info, in Docker's order; what only its daemon or a swarm has is told as it is without them. */
export async function info(ctx: Context): Promise<SystemInfo> {
  const host = hostFacts();
  const runtime = await runtimePart(ctx);
  return {
    ID: createHash('sha256').update(ctx.paths.root).digest('hex').slice(0, 32),
    ...counts(ctx),
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', backingFilesystem(ctx.paths.root)],
      ['Supports d_type', 'true'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file', 'none'],
    },
    ...cgroupInfo(host.cgroup.abilities),
    IPv4Forwarding: readFlag('/proc/sys/net/ipv4/ip_forward'),
    Debug: false,
    SystemTime: new Date().toISOString(),
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: host.cgroupMode === 'v2' ? '2' : '1',
    KernelVersion: kernelVersion(),
    OperatingSystem: operatingSystem(),
    OSType: 'linux',
    Architecture: host.goArch === 'amd64' ? 'x86_64' : host.goArch === 'arm64' ? 'aarch64' : host.goArch,
    IndexServerAddress: 'https://index.docker.io/v1/',
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    DockerRootDir: ctx.paths.root,
    Name: hostname(),
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: ENGINE_VERSION,
    Runtimes: runtimes(),
    DefaultRuntime: runtime?.name ?? '',
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '' },
    // containers outlive whatever started them
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: 'catatonit',
    SecurityOptions: ['name=seccomp,profile=default', ...(host.hasAppArmor ? ['name=apparmor'] : [])],
    Warnings: await warnings(runtime === undefined),
  };
}

function counts(ctx: Context) {
  const records = containerDocuments(ctx)
    .all()
    .filter(({ Build }) => Build === undefined);
  const count = (status: string) => records.filter(({ State }) => State.Status === status).length;
  const running = count('running');
  const paused = count('paused');
  return {
    Containers: records.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: records.length - running - paused,
    Images: imageDocuments(ctx).all().length,
  };
}

/** Docker's names of the filesystems below overlayfs, by the kernel's numbers (statfs(2)). */
const FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, 'extfs'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'zfs'],
]);

const backingFilesystem = (root: string): string => FILESYSTEMS.get(statfsSync(root).type) ?? '<unknown>';

/** Those that are installed. */
function runtimes(): Record<string, { path: string }> {
  const found = ['crun', 'runc'].flatMap((name) => {
    const path = findProgram(name);
    return path === undefined ? [] : [[name, { path }] as const];
  });
  return Object.fromEntries(found);
}

async function warnings(isRuntimeMissing: boolean): Promise<string[]> {
  const missing = await Promise.all(
    PARTS.map(async ({ program, duty, install }) =>
      (await partOf(program)) === undefined
        ? `WARNING: ${program} is not installed: ${duty} (apt-get install ${install})`
        : undefined,
    ),
  );
  return [
    ...(isRuntimeMissing
      ? ['WARNING: no OCI runtime is installed: no container can run (apt-get install runc)']
      : []),
    ...missing.filter((line) => line !== undefined),
    ...cgroupWarnings(hostFacts().cgroup.abilities, hostFacts().cgroupMode === 'v2'),
    ...(readFlag('/proc/sys/net/ipv4/ip_forward') ? [] : ['WARNING: IPv4 forwarding is disabled']),
  ];
}

function operatingSystem(): string {
  const file = ['/etc/os-release', '/usr/lib/os-release'].find((path) => existsSync(path));
  const name =
    file === undefined ? undefined : /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return name ?? 'Linux';
}

function readFlag(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').trim() === '1';
}
