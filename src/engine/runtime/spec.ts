/** Builds the OCI configuration of a container. Pure: everything of the machine is handed in. */
import { posix } from 'node:path';
import type { ContainerRecord } from '../types/containers.ts';
import type { HostFacts } from './host.ts';
import { resolveResources, resolveRlimits } from './limits.ts';
import type {
  OciBlockIo,
  OciDevice,
  OciDeviceRule,
  OciMount,
  OciSeccomp,
  OciSpec,
  OciUser,
} from './oci-spec.ts';
import { defaultMounts, type NetworkFilePaths, networkFileMounts } from './spec-mounts.ts';

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const INIT_PATH = '/sbin/docker-init';

/** Docker's lists, with the later additions for side channels (GHSA-6fw5-f8r9-fgfm, GHSA-jq35-85cj-fj4p). */
export const MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/fs/selinux',
];
export const READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/**
 * The container's cgroup below the root of each hierarchy. Without a daemon `--cgroup-parent` begins at the root, whether it is written
 * with a slash or not; '..' leads no further up than that.
 */
export const cgroupsPath = (id: string, parent?: string): string =>
  posix.resolve('/', parent || 'boxtop', id);

/** What start has found out about one container. */
export interface SpecInput {
  record: ContainerRecord;
  rootfs: string;
  user: OciUser;
  /** of the passwd entry; '' = none */
  home: string;
  capabilities: readonly string[];
  seccomp: OciSeccomp | undefined;
  noNewPrivileges: boolean;
  /** a profile the kernel has; undefined = none asked for */
  appArmor?: string | undefined;
  /** undefined path = a new namespace; absent = the host's */
  namespaces: readonly { type: string; path?: string }[];
  /** volumes, binds and tmpfs, parents first */
  mounts: readonly OciMount[];
  networkFiles: NetworkFilePaths | undefined;
  /** source of /dev/shm when it is shared with the host or another container */
  shmSource: string | undefined;
  devices: readonly OciDevice[];
  deviceRules: readonly OciDeviceRule[];
  /** limits of single block devices */
  blockIo: OciBlockIo;
  /** host path of the init program (`--init`) */
  initPath: string | undefined;
  consoleSize: { rows: number; cols: number } | undefined;
  host: HostFacts;
}

export interface BuiltSpec {
  spec: OciSpec;
  /** what was cut down to what this machine allows */
  warnings: string[];
}

/** runtime-spec config.md and config-linux.md; the values are Docker's (moby daemon/oci_linux.go). */
export function buildSpec(input: SpecInput): BuiltSpec {
  const { record, host } = input;
  const { HostConfig } = record;
  const isPrivileged = HostConfig.Privileged === true;
  const { rlimits, warnings } = resolveRlimits(HostConfig.Ulimits ?? [], host);
  const propagation = rootPropagation(input.mounts);
  const ownsUts = input.namespaces.some(({ type }) => type === 'uts');
  const spec: OciSpec = {
    ociVersion: '1.0.2',
    process: processOf(input, rlimits),
    root: { path: input.rootfs, readonly: HostConfig.ReadonlyRootfs === true },
    ...(ownsUts && record.Config.Hostname ? { hostname: record.Config.Hostname } : {}),
    mounts: mountsOf(input),
    linux: {
      cgroupsPath: cgroupsPath(record.Id, HostConfig.CgroupParent),
      namespaces: [...input.namespaces],
      devices: [...input.devices],
      resources: resolveResources(HostConfig, input, host.cgroup.abilities),
      ...sysctlOf(input),
      maskedPaths: HostConfig.MaskedPaths ?? (isPrivileged ? [] : [...MASKED_PATHS, ...host.thermalPaths]),
      readonlyPaths: HostConfig.ReadonlyPaths ?? (isPrivileged ? [] : [...READONLY_PATHS]),
      ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
      ...(input.seccomp === undefined ? {} : { seccomp: input.seccomp }),
    },
  };
  return { spec, warnings };
}

function processOf(input: SpecInput, rlimits: OciSpec['process']['rlimits']): OciSpec['process'] {
  const { record, host, consoleSize } = input;
  const { Config, HostConfig } = record;
  const command = [record.Path, ...record.Args];
  const bounding = [...input.capabilities];
  const lowest = host.canRaiseLimits ? -1000 : host.oomScoreAdj;
  return {
    terminal: Config.Tty === true,
    ...(Config.Tty && consoleSize
      ? { consoleSize: { height: consoleSize.rows, width: consoleSize.cols } }
      : {}),
    user: input.user,
    args: input.initPath === undefined ? command : [INIT_PATH, '--', ...command],
    env: processEnvironment(Config.Env ?? [], {
      hostname: Config.Hostname ?? '',
      isTty: Config.Tty === true,
      home: input.home,
    }),
    cwd: Config.WorkingDir || '/',
    // inheritable and ambient stay empty (CVE-2022-24769)
    capabilities: { bounding, effective: bounding, permitted: bounding, inheritable: [], ambient: [] },
    ...(rlimits?.length ? { rlimits } : {}),
    noNewPrivileges: input.noNewPrivileges,
    // without AppArmor Docker takes any name for it, and sets none
    ...(input.appArmor && host.hasAppArmor ? { apparmorProfile: input.appArmor } : {}),
    oomScoreAdj: Math.max(HostConfig.OomScoreAdj ?? 0, lowest),
  };
}

/** Docker's order: defaults first, what the image or the user says replaces them in place. */
export function processEnvironment(
  given: readonly string[],
  facts: { hostname: string; isTty: boolean; home: string },
): string[] {
  const env = new Map<string, string>([['PATH', DEFAULT_PATH]]);
  env.set('HOSTNAME', `HOSTNAME=${facts.hostname}`);
  if (facts.isTty) env.set('TERM', 'TERM=xterm');
  for (const entry of given) {
    const name = entry.split('=', 1)[0]!;
    if (entry.includes('=')) env.set(name, entry);
    else env.delete(name); // a name alone removes the variable
  }
  if (!env.has('HOME')) env.set('HOME', `HOME=${facts.home || '/'}`);
  return [...env.values()];
}

function mountsOf(input: SpecInput): OciMount[] {
  const { HostConfig } = input.record;
  const isPrivileged = HostConfig.Privileged === true;
  const given = [...input.mounts];
  if (input.initPath !== undefined) {
    given.push({ destination: INIT_PATH, type: 'bind', source: input.initPath, options: ['bind', 'ro'] });
  }
  const taken = new Set(given.map(({ destination }) => destination));
  const own = [
    ...defaultMounts({
      isPrivileged,
      shmBytes: HostConfig.ShmSize,
      shmSource: input.shmSource,
      hasShm: HostConfig.IpcMode !== 'none',
    }),
    ...(input.networkFiles === undefined ? [] : networkFileMounts(input.networkFiles)),
  ].filter(({ destination }) => !taken.has(destination));
  return [...own, ...given];
}

/** Without host network Docker lets every user ping and bind low ports: the namespace is the container's own. */
function sysctlOf(input: SpecInput): { sysctl?: Record<string, string> } {
  const ownsNetwork = input.namespaces.some(
    ({ type, path }) => type === 'network' && !path?.startsWith('/proc/'),
  );
  const { Domainname } = input.record.Config;
  const ownsUts = input.namespaces.some(({ type }) => type === 'uts');
  const sysctl = {
    ...(ownsUts && Domainname ? { 'kernel.domainname': Domainname } : {}),
    ...(ownsNetwork
      ? { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' }
      : {}),
    ...input.record.HostConfig.Sysctls,
  };
  return Object.keys(sysctl).length === 0 ? {} : { sysctl };
}

/** A shared or slave bind needs a root that lets propagation through. */
function rootPropagation(mounts: readonly OciMount[]): string | undefined {
  const options = mounts.flatMap((mount) => mount.options ?? []);
  if (options.some((option) => option === 'shared' || option === 'rshared')) return 'shared';
  if (options.some((option) => option === 'slave' || option === 'rslave')) return 'slave';
  return undefined;
}
