/** The Config and HostConfig objects of inspect: Docker's fields, order and empty values. Pure. */
import { MASKED_PATHS, READONLY_PATHS } from '../../runtime/spec.ts';
import { sortedMap } from '../../sorted-map.ts';
import type { ContainerConfig, HostConfig, Mount } from '../../types/config.ts';

/**
 * Config as Docker prints it, of a container or an image; the fields it leaves out when they are empty are left out here too. Docker
 * keeps an image's SHELL out of its containers.
 */
export function inspectConfig(config: Partial<ContainerConfig>, of: 'container' | 'image'): ContainerConfig {
  return {
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ...unlessEmpty('ExposedPorts', config.ExposedPorts && sortedMap(config.ExposedPorts)),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env?.length ? config.Env : (null as unknown as string[]),
    Cmd: config.Cmd ?? null,
    ...unlessEmpty('Healthcheck', config.Healthcheck),
    ...unlessEmpty('ArgsEscaped', config.ArgsEscaped),
    Image: config.Image ?? '',
    Volumes: Object.keys(config.Volumes ?? {}).length > 0 ? sortedMap(config.Volumes!) : null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    ...unlessEmpty('NetworkDisabled', config.NetworkDisabled),
    ...unlessEmpty('MacAddress', config.MacAddress),
    OnBuild: config.OnBuild ?? (null as unknown as string[]),
    Labels: of === 'container' || config.Labels ? sortedMap(config.Labels ?? {}) : null,
    ...unlessEmpty('StopSignal', config.StopSignal),
    ...unlessEmpty('StopTimeout', config.StopTimeout),
    ...(of === 'image' ? unlessEmpty('Shell', config.Shell) : {}),
    ...unlessEmpty('HealthcheckOnFailureAction', config.HealthcheckOnFailureAction),
  };
}

/** Empty values of a HostConfig in the order Docker prints them; undefined = left out when it is not set. */
const HOST_CONFIG: Readonly<Record<string, unknown>> = {
  Binds: null,
  ContainerIDFile: '',
  LogConfig: { Type: 'k8s-file', Config: {} },
  NetworkMode: 'default',
  PortBindings: {},
  RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: 'host',
  Dns: [],
  DnsOptions: [],
  DnsSearch: [],
  ExtraHosts: null,
  GroupAdd: null,
  IpcMode: 'private',
  Cgroup: '',
  Links: null,
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  StorageOpt: undefined,
  Tmpfs: undefined,
  UTSMode: '',
  UsernsMode: '',
  ShmSize: 64 * 1024 * 1024,
  Sysctls: undefined,
  Runtime: '',
  ConsoleSize: [0, 0],
  Isolation: '',
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Devices: [],
  DeviceCgroupRules: null,
  DeviceRequests: null,
  KernelMemory: 0,
  KernelMemoryTCP: 0,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: false,
  PidsLimit: null,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  Mounts: undefined,
  MaskedPaths: [],
  ReadonlyPaths: [],
  Init: undefined,
};

/** HostConfig with every field Docker prints; what the record has wins. `runtime` is what starts containers here by default. */
export function inspectHostConfig(config: HostConfig, runtime: string): Record<string, unknown> {
  const given: Record<string, unknown> = { ...config, ...inDockersOrder(config) };
  const isPrivileged = config.Privileged === true;
  const defaults: Record<string, unknown> = {
    ...HOST_CONFIG,
    Runtime: runtime,
    MaskedPaths: isPrivileged ? null : MASKED_PATHS,
    ReadonlyPaths: isPrivileged ? null : READONLY_PATHS,
  };
  const entries = Object.entries(defaults).map(([name, empty]) => [name, given[name] ?? empty] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** What is an object or a list of them, as Docker's structs order it. */
function inDockersOrder(config: HostConfig): Record<string, unknown> {
  const { Ulimits, Mounts, SecurityOpt, Privileged, PidMode, IpcMode } = config;
  const maps = ['PortBindings', 'Sysctls', 'Tmpfs'] as const;
  // Docker notes that labels are off where the host's processes are seen (daemon, generateSecurityOpt)
  const sharesHost = Privileged || PidMode === 'host' || IpcMode === 'host';
  return {
    ...Object.fromEntries(
      maps.flatMap((name) => (config[name] ? [[name, sortedMap<unknown>(config[name])]] : [])),
    ),
    ...(Ulimits && { Ulimits: Ulimits.map(({ Name, Hard, Soft }) => ({ Name, Hard, Soft })) }),
    ...(Mounts && { Mounts: Mounts.map(inspectMountOption) }),
    ...(sharesHost && !SecurityOpt?.length ? { SecurityOpt: ['label=disable'] } : {}),
  };
}

function inspectMountOption({ Type, Source, Target, ReadOnly, Consistency, ...options }: Mount): object {
  const { VolumeOptions } = options;
  return {
    Type,
    ...(Source && { Source }),
    Target,
    ...(ReadOnly && { ReadOnly }),
    ...(Consistency && { Consistency }),
    ...options,
    ...(VolumeOptions && {
      VolumeOptions: { ...VolumeOptions, DriverConfig: VolumeOptions.DriverConfig ?? {} },
    }),
  };
}

/** Go's omitempty: {} for undefined, null, false, 0, '' and empty lists and objects. */
function unlessEmpty<K extends keyof ContainerConfig>(
  name: K,
  value: ContainerConfig[K],
): Pick<ContainerConfig, K> | object {
  const isEmpty = !value || (typeof value === 'object' && Object.keys(value).length === 0);
  return isEmpty ? {} : { [name]: value };
}
