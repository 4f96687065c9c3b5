/** Verb info: the store, the machine, and what is missing on it. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import { messageOf } from '../errors.ts';
import { imageDocuments } from '../images/records.ts';
import { readSettings } from '../registry/settings.ts';
import { hostFacts } from '../runtime/host.ts';
import { findProgram } from '../runtime/runtime.ts';
import type { SystemInfo } from '../types/engine.ts';
import { cgroupInfo, cgroupWarnings } from './cgroup-info.ts';
import { kernelVersion, type Part, partOf, runtimePart } from './version.ts';

/** Program → what it is for and which Debian package has it. */
const PARTS: readonly { program: string; duty: string; install: string }[] = [
  { program: 'conmon', duty: 'no container can run without it', install: 'conmon' },
  { program: 'netavark', duty: 'only the networks none and host work', install: 'netavark' },
  { program: 'catatonit', duty: '--init does not work', install: 'catatonit' },
];

/** GET /info, in Docker's order; what only its daemon or a swarm has is told as it is without them. */
export async function info(ctx: Context): Promise<SystemInfo> {
  const host = hostFacts();
  const [runtime, ...parts] = await Promise.all([
    runtimePart(ctx),
    ...PARTS.map(({ program }) => partOf(program)),
  ]);
  const [monitor, network, init] = parts;
  const registry = registryConfig(ctx);
  return {
    ID: createHash('sha256').update(ctx.paths.root).digest('hex').slice(0, 32),
    ...counts(ctx),
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', backingFilesystem(ctx.paths.root)],
      ['Supports d_type', 'true'],
      // what was written is read from its own folder, by root
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'false'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file', 'local', 'none'],
    },
    ...cgroupInfo(host.cgroup.abilities),
    IPv4Forwarding: readFlag('/proc/sys/net/ipv4/ip_forward'),
    BridgeNfIptables: readFlag('/proc/sys/net/bridge/bridge-nf-call-iptables'),
    BridgeNfIp6tables: readFlag('/proc/sys/net/bridge/bridge-nf-call-ip6tables'),
    Debug: false,
    SystemTime: new Date().toISOString(),
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: host.cgroupMode === 'v2' ? '2' : '1',
    NEventsListener: 0,
    KernelVersion: kernelVersion(),
    OperatingSystem: release('PRETTY_NAME') ?? 'Linux',
    OSVersion: release('VERSION_ID') ?? '',
    OSType: 'linux',
    Architecture: host.goArch === 'amd64' ? 'x86_64' : host.goArch === 'arm64' ? 'aarch64' : host.goArch,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registry.config,
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    GenericResources: null,
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
    RuncCommit: commitOf(runtime?.version),
    InitCommit: commitOf(init?.version),
    MonitorCommit: commitOf(monitor?.version),
    NetworkCommit: commitOf(network?.version),
    SecurityOptions: ['name=seccomp,profile=default', ...(host.hasAppArmor ? ['name=apparmor'] : [])],
    Warnings: [...warnings(runtime === undefined, parts), ...registry.warnings],
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

/** `parts`: in the order of PARTS. */
function warnings(isRuntimeMissing: boolean, parts: readonly (Part | undefined)[]): string[] {
  const missing = PARTS.filter((_, i) => parts[i] === undefined).map(
    ({ program, duty, install }) =>
      `WARNING: ${program} is not installed: ${duty} (apt-get install ${install})`,
  );
  return [
    ...(isRuntimeMissing
      ? ['WARNING: no OCI runtime is installed: no container can run (apt-get install runc)']
      : []),
    ...missing,
    ...cgroupWarnings(hostFacts().cgroup.abilities, hostFacts().cgroupMode === 'v2'),
    ...(readFlag('/proc/sys/net/ipv4/ip_forward') ? [] : ['WARNING: IPv4 forwarding is disabled']),
  ];
}

/** As Docker tells a program's version; '' where it is not installed. */
const commitOf = (version = '') => ({ ID: version, Expected: version });

/** What daemon.json says of registries. Loopback needs no certificate, as in Docker. */
function registryConfig(ctx: Context) {
  try {
    return { config: registriesOf(readSettings(ctx.paths.configFile)), warnings: [] };
  } catch (error) {
    const config = registriesOf({ mirrors: [], insecure: [] });
    return { config, warnings: [`WARNING: ${messageOf(error)}`] };
  }
}

function registriesOf({ mirrors, insecure }: { mirrors: string[]; insecure: string[] }) {
  const isRange = (entry: string) => entry.includes('/');
  const index = (Name: string, Secure: boolean, Mirrors: string[] = []) => ({
    Name,
    Mirrors,
    Secure,
    Official: Name === 'docker.io',
  });
  const hosts = insecure.filter((entry) => !isRange(entry));
  return {
    AllowNondistributableArtifactsCIDRs: [],
    AllowNondistributableArtifactsHostnames: [],
    InsecureRegistryCIDRs: [...insecure.filter(isRange), '127.0.0.0/8'],
    IndexConfigs: {
      'docker.io': index('docker.io', true, mirrors),
      ...Object.fromEntries(hosts.map((host) => [host, index(host, false)])),
    },
    Mirrors: mirrors,
  };
}

/** A line of os-release(5). */
function release(name: string): string | undefined {
  const file = ['/etc/os-release', '/usr/lib/os-release'].find((path) => existsSync(path));
  if (file === undefined) return undefined;
  return new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(readFileSync(file, 'utf8'))?.[1];
}

function readFlag(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').trim() === '1';
}
