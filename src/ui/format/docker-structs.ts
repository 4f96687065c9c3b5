/** What Docker's API types (20.10, types and api/types/container) declare and JSON doesn't tell, for templates. Pure. */
import type { Structs } from './template/values.ts';

const HOST_CONFIG = `
  Binds:[] ContainerIDFile LogConfig:LogConfig NetworkMode PortBindings:{}[]PortBinding RestartPolicy:RestartPolicy
  AutoRemove:? VolumeDriver VolumesFrom:[] CapAdd:[] CapDrop:[] CgroupnsMode DNS=Dns:[] DNSOptions=DnsOptions:[]
  DNSSearch=DnsSearch:[] ExtraHosts:[] GroupAdd:[] IpcMode Cgroup Links:[] OomScoreAdj:# PidMode Privileged:?
  PublishAllPorts:? ReadonlyRootfs:? SecurityOpt:[] StorageOpt:{} Tmpfs:{} UTSMode UsernsMode ShmSize:# Sysctls:{}
  Runtime ConsoleSize:[]# Isolation CPUShares=CpuShares:# Memory:# NanoCPUs=NanoCpus:# CgroupParent BlkioWeight:#
  BlkioWeightDevice:[]WeightDevice BlkioDeviceReadBps:[]ThrottleDevice BlkioDeviceWriteBps:[]ThrottleDevice
  BlkioDeviceReadIOps:[]ThrottleDevice BlkioDeviceWriteIOps:[]ThrottleDevice CPUPeriod=CpuPeriod:# CPUQuota=CpuQuota:#
  CPURealtimePeriod=CpuRealtimePeriod:# CPURealtimeRuntime=CpuRealtimeRuntime:# CpusetCpus CpusetMems
  Devices:[]DeviceMapping DeviceCgroupRules:[] DeviceRequests:[] KernelMemory:# KernelMemoryTCP:# MemoryReservation:#
  MemorySwap:# MemorySwappiness:*# OomKillDisable:*? PidsLimit:*# Ulimits:[]Ulimit CPUCount=CpuCount:#
  CPUPercent=CpuPercent:# IOMaximumIOps:# IOMaximumBandwidth:# Mounts:[]Mount MaskedPaths:[] ReadonlyPaths:[] Init:*?`;

/** types.Info, with the engine's own names for what Docker has not. */
const INFO = `
  ID Containers:# ContainersRunning:# ContainersPaused:# ContainersStopped:# Images:# Driver DriverStatus:[][]
  SystemStatus:[][] Plugins:PluginsInfo MemoryLimit:? SwapLimit:? KernelMemory:? KernelMemoryTCP:?
  CPUCfsPeriod=CpuCfsPeriod:? CPUCfsQuota=CpuCfsQuota:? CPUShares:? CPUSet:? PidsLimit:? IPv4Forwarding:?
  BridgeNfIptables:? BridgeNfIP6tables=BridgeNfIp6tables:? Debug:? NFd:# OomKillDisable:? NGoroutines:# SystemTime
  LoggingDriver CgroupDriver CgroupVersion NEventsListener:# KernelVersion OperatingSystem OSVersion OSType Architecture
  IndexServerAddress RegistryConfig:*RegistryConfig NCPU:# MemTotal:# GenericResources:[] DockerRootDir
  HTTPProxy=HttpProxy HTTPSProxy=HttpsProxy NoProxy Name Labels:[] ExperimentalBuild:? ServerVersion ClusterStore
  ClusterAdvertise Runtimes:{}Runtime DefaultRuntime Swarm:SwarmInfo LiveRestoreEnabled:? Isolation InitBinary
  ContainerdCommit:Commit RuncCommit:Commit InitCommit:Commit MonitorCommit:Commit NetworkCommit:Commit
  SecurityOptions:[] ProductLicense DefaultAddressPools:[] Warnings:[] ClientInfo:*ClientInfo`;

/** By the name of the struct; `Container`, `Image`, `Volume`, `Network`, `Event`, `Info` and `Version` are what templates begin with. */
export const DOCKER_STRUCTS: Structs = {
  Container: `ID=Id Created Path Args:[] State:*State Image ResolvConfPath HostnamePath HostsPath LogPath Node:*Empty Name
    RestartCount:# Driver Platform MountLabel ProcessLabel AppArmorProfile ExecIDs:[] HostConfig:*HostConfig
    GraphDriver:GraphDriver SizeRw:*# SizeRootFs:*# Mounts:[]MountPoint Config:*Config NetworkSettings:*NetworkSettings`,
  State: `Status Running:? Paused:? Restarting:? OOMKilled:? Dead:? Pid:# ExitCode:# Error StartedAt FinishedAt
    Health:*Health`,
  Health: 'Status FailingStreak:# Log:[]HealthcheckResult',
  HealthcheckResult: 'Start:@ End:@ ExitCode:# Output',
  HostConfig: HOST_CONFIG,
  LogConfig: 'Type Config:{}',
  PortBinding: 'HostIP=HostIp HostPort',
  RestartPolicy: 'Name MaximumRetryCount:#',
  WeightDevice: 'Path Weight:#',
  ThrottleDevice: 'Path Rate:#',
  DeviceMapping: 'PathOnHost PathInContainer CgroupPermissions',
  Ulimit: 'Name Hard:# Soft:#',
  Mount: `Type Source Target ReadOnly:? Consistency BindOptions:*BindOptions VolumeOptions:*VolumeOptions
    TmpfsOptions:*TmpfsOptions`,
  BindOptions: 'Propagation NonRecursive:?',
  VolumeOptions: 'NoCopy:? Labels:{} DriverConfig:*DriverConfig',
  DriverConfig: 'Name Options:{}',
  TmpfsOptions: 'SizeBytes:# Mode:#',
  MountPoint: 'Type Name Source Destination Driver Mode RW:? Propagation',
  GraphDriver: 'Data:{} Name',
  Config: `Hostname Domainname User AttachStdin:? AttachStdout:? AttachStderr:? ExposedPorts:{}Empty Tty:? OpenStdin:?
    StdinOnce:? Env:[] Cmd:[] Healthcheck:*HealthConfig ArgsEscaped:? Image Volumes:{}Empty WorkingDir Entrypoint:[]
    NetworkDisabled:? MacAddress OnBuild:[] Labels:{} StopSignal StopTimeout:*# Shell:[]`,
  HealthConfig: 'Test:[] Interval:# Timeout:# StartPeriod:# Retries:#',
  Empty: '',
  NetworkSettings: `Bridge SandboxID HairpinMode:? LinkLocalIPv6Address LinkLocalIPv6PrefixLen:# Ports:{}[]PortBinding
    SandboxKey SecondaryIPAddresses:[] SecondaryIPv6Addresses:[] EndpointID Gateway GlobalIPv6Address
    GlobalIPv6PrefixLen:# IPAddress IPPrefixLen:# IPv6Gateway MacAddress Networks:{}*EndpointSettings`,
  EndpointSettings: `IPAMConfig:*EndpointIPAM Links:[] Aliases:[] NetworkID EndpointID Gateway IPAddress IPPrefixLen:#
    IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen:# MacAddress DriverOpts:{}`,
  EndpointIPAM: 'IPv4Address IPv6Address LinkLocalIPs:[]',
  Image: `ID=Id RepoTags:[] RepoDigests:[] Parent Comment Created Container ContainerConfig:*Config DockerVersion Author
    Config:*Config Architecture Variant Os OsVersion Size:# VirtualSize:# GraphDriver:GraphDriver RootFS:RootFS
    Metadata:Metadata`,
  RootFS: 'Type Layers:[] BaseLayer',
  Metadata: 'LastTagTime:@',
  Volume: 'CreatedAt Driver Labels:{} Mountpoint Name Options:{} Scope Status:{} UsageData:*UsageData',
  UsageData: 'RefCount:# Size:#',
  Network: `Name ID=Id Created:@ Scope Driver EnableIPv6:? IPAM:IPAM Internal:? Attachable:? Ingress:?
    ConfigFrom:ConfigReference ConfigOnly:? Containers:{}EndpointResource Options:{} Labels:{} Peers:[] Services:{}`,
  IPAM: 'Driver Options:{} Config:[]IPAMConfig',
  IPAMConfig: 'Subnet IPRange Gateway AuxAddress=AuxiliaryAddresses:{}',
  ConfigReference: 'Network',
  EndpointResource: 'Name EndpointID MacAddress IPv4Address IPv6Address',
  Event:
    'Status=status ID=id From=from Type Action Actor:Actor Scope=scope Time=time:# TimeNano=timeNanoText',
  Actor: 'ID Attributes:{}',
  Info: INFO,
  PluginsInfo: 'Volume:[] Network:[] Authorization:[] Log:[]',
  RegistryConfig: `AllowNondistributableArtifactsCIDRs:[] AllowNondistributableArtifactsHostnames:[]
    InsecureRegistryCIDRs:[] IndexConfigs:{}*IndexInfo Mirrors:[]`,
  IndexInfo: 'Name Mirrors:[] Secure:? Official:?',
  Runtime: 'Path=path Args=runtimeArgs:[]',
  SwarmInfo: 'NodeID NodeAddr LocalNodeState ControlAvailable:? Error RemoteManagers:[] Nodes:# Managers:#',
  Commit: 'ID Expected',
  ClientInfo: 'Debug:? Context Plugins:[] Warnings:[]',
  Version: 'Client:ClientVersion Server:*ServerVersion',
  ClientVersion: `Platform:Platform Version APIVersion=ApiVersion DefaultAPIVersion GitCommit GoVersion Os Arch
    BuildTime Context Experimental:?`,
  ServerVersion: `Platform:Platform Components:[]Component Version APIVersion=ApiVersion MinAPIVersion GitCommit
    GoVersion NodeVersion Os Arch KernelVersion Experimental:? BuildTime`,
  Platform: 'Name',
  Component: 'Name Version Details:{}',
};
