/** Container and host configuration: the fields of Docker API 1.41, POST /containers/create. */

/** The `config` object of an OCI image config, in Docker's spelling. */
export interface ImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, Record<string, never>>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, Record<string, never>> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
  Shell?: string[] | null;
  OnBuild?: string[] | null;
  ArgsEscaped?: boolean;
  /** nanoseconds in the durations */
  Healthcheck?: {
    /** absent when only the rest was given, which counts once the image has one */
    Test?: string[];
    Interval?: number;
    Timeout?: number;
    StartPeriod?: number;
    Retries?: number;
  };
}

/** What a container runs. `Image` is the name as the user gave it. */
export interface ContainerConfig extends ImageRunConfig {
  Hostname?: string;
  Domainname?: string;
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  Tty?: boolean;
  OpenStdin?: boolean;
  StdinOnce?: boolean;
  Image: string;
  NetworkDisabled?: boolean;
  MacAddress?: string;
  /** seconds */
  StopTimeout?: number;
  /** podman's: what to do once the health check has failed */
  HealthcheckOnFailureAction?: 'none' | 'kill' | 'restart' | 'stop';
}

export interface PortBinding {
  HostIp: string;
  /** '' = any free port; 'a-b' = one free of the range */
  HostPort: string;
}

export interface Mount {
  Type: 'bind' | 'volume' | 'tmpfs';
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: { Propagation?: string; NonRecursive?: boolean; CreateMountpoint?: boolean };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string>;
    DriverConfig?: { Name: string; Options: Record<string, string> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

export interface DeviceMapping {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
}

/** A limit on one block device of the host. */
export interface DeviceRate {
  Path: string;
  Rate: number;
}

/** Devices that a driver chooses (`--gpus`). */
export interface DeviceRequest {
  Driver: string;
  /** -1 = all */
  Count: number;
  DeviceIDs: string[];
  Capabilities: string[][];
  Options: Record<string, string>;
}

export interface HostConfig {
  /** '/host:/ctr[:opts]' or 'volume:/ctr[:opts]' */
  Binds?: string[];
  Mounts?: Mount[];
  VolumesFrom?: string[];
  /** driver of the volumes that -v makes; '' = local */
  VolumeDriver?: string;
  StorageOpt?: Record<string, string>;
  /** target → mount options */
  Tmpfs?: Record<string, string>;
  ContainerIDFile?: string;
  LogConfig?: { Type: string; Config: Record<string, string> };
  /** 'default' | 'bridge' | 'host' | 'none' | 'container:ID' | network name */
  NetworkMode?: string;
  /** '80/tcp' → bindings */
  PortBindings?: Record<string, PortBinding[]>;
  PublishAllPorts?: boolean;
  RestartPolicy?: {
    Name: '' | 'no' | 'always' | 'unless-stopped' | 'on-failure';
    MaximumRetryCount?: number;
  };
  AutoRemove?: boolean;
  CapAdd?: string[];
  CapDrop?: string[];
  CgroupnsMode?: '' | 'private' | 'host';
  Dns?: string[];
  DnsOptions?: string[];
  DnsSearch?: string[];
  /** 'host:ip' */
  ExtraHosts?: string[];
  GroupAdd?: string[];
  IpcMode?: string;
  PidMode?: string;
  UTSMode?: string;
  UsernsMode?: string;
  /** '' or 'default' */
  Isolation?: string;
  Privileged?: boolean;
  ReadonlyRootfs?: boolean;
  SecurityOpt?: string[];
  /** bytes */
  ShmSize?: number;
  Sysctls?: Record<string, string>;
  Runtime?: string;
  Init?: boolean;
  OomScoreAdj?: number;
  Links?: string[];
  Devices?: DeviceMapping[];
  DeviceRequests?: DeviceRequest[];
  DeviceCgroupRules?: string[];
  Ulimits?: { Name: string; Soft: number; Hard: number }[];
  MaskedPaths?: string[];
  ReadonlyPaths?: string[];
  // resources: bytes, nano-CPUs, Docker's units
  Memory?: number;
  MemoryReservation?: number;
  /** -1 = no swap limit */
  MemorySwap?: number;
  NanoCpus?: number;
  CpuShares?: number;
  CpuPeriod?: number;
  CpuQuota?: number;
  CpusetCpus?: string;
  CpusetMems?: string;
  /** 0 = unlimited */
  PidsLimit?: number;
  BlkioWeight?: number;
  BlkioWeightDevice?: { Path: string; Weight: number }[];
  /** bytes per second */
  BlkioDeviceReadBps?: DeviceRate[];
  BlkioDeviceWriteBps?: DeviceRate[];
  /** operations per second */
  BlkioDeviceReadIOps?: DeviceRate[];
  BlkioDeviceWriteIOps?: DeviceRate[];
  OomKillDisable?: boolean;
  /** 0 to 100 */
  MemorySwappiness?: number;
  /** bytes; kernels since 5.16 ignore it */
  KernelMemory?: number;
  /** microseconds */
  CpuRealtimePeriod?: number;
  CpuRealtimeRuntime?: number;
  /** the control group that holds the container's own */
  CgroupParent?: string;
}

/** What `update` may change (POST /containers/ID/update); what is not given stays. */
export type ContainerUpdate = Pick<
  HostConfig,
  | 'BlkioWeight'
  | 'CpuPeriod'
  | 'CpuQuota'
  | 'CpuRealtimePeriod'
  | 'CpuRealtimeRuntime'
  | 'CpuShares'
  | 'CpusetCpus'
  | 'CpusetMems'
  | 'KernelMemory'
  | 'Memory'
  | 'MemoryReservation'
  | 'MemorySwap'
  | 'NanoCpus'
  | 'PidsLimit'
  | 'RestartPolicy'
>;

/** How a container joins one network. */
export interface EndpointSettings {
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] };
  Links?: string[];
  Aliases?: string[];
  MacAddress?: string;
  NetworkID?: string;
  EndpointID?: string;
  Gateway?: string;
  IPAddress?: string;
  IPPrefixLen?: number;
  IPv6Gateway?: string;
  GlobalIPv6Address?: string;
  GlobalIPv6PrefixLen?: number;
  DriverOpts?: Record<string, string> | null;
}

export interface ContainerCreate extends ContainerConfig {
  HostConfig?: HostConfig;
  NetworkingConfig?: { EndpointsConfig?: Record<string, EndpointSettings> };
}
