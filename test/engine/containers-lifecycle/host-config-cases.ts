/** What a container shows of every field of HostConfig, or how it is refused. */
import { hostname } from 'node:os';
import type { HostConfig } from '../../../src/engine/index.ts';
import type { CgroupAbility } from '../../../src/engine/runtime/cgroup-facts.ts';
import { hostFacts } from '../../../src/engine/runtime/host.ts';

/** A value of the field, and what a container shows of it, or how it is refused; a text = where else it is tested. */
type Case =
  | { config: HostConfig; script: string; shows: RegExp }
  | { config: HostConfig; refused: RegExp }
  | string;

const NETWORK = 'test/e2e/network.e2e.test.ts';
const LIMITS = 'test/e2e/limits.e2e.test.ts';
const can = (ability: CgroupAbility) => hostFacts().cgroup.abilities.has(ability);
/** v1's file of a controller, else v2's. */
const cgroup = (v1: string, v2: string) => `cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}`;

/** Every field there is: a new one doesn't compile without a case. */
export const CASES: Record<keyof HostConfig, Case[]> = {
  Binds: ['test/e2e/volumes.e2e.test.ts'],
  Mounts: [
    {
      config: { Mounts: [{ Type: 'tmpfs', Target: '/m', TmpfsOptions: { SizeBytes: 1 << 20 } }] },
      script: 'df -k /m',
      shows: /\b1024\b.*\/m/,
    },
  ],
  VolumesFrom: ['test/e2e/volumes.e2e.test.ts'],
  Tmpfs: [{ config: { Tmpfs: { '/t': 'size=2m' } }, script: 'df -k /t', shows: /\b2048\b.*\/t/ }],
  ContainerIDFile: ['the command line writes it'],
  LogConfig: [
    {
      config: { LogConfig: { Type: 'syslog', Config: {} } },
      refused: /logging driver syslog is not implemented/,
    },
    {
      config: { LogConfig: { Type: 'json-file', Config: { 'max-sizes': '1m' } } },
      refused: /unknown log opt 'max-sizes' for json-file log driver/,
    },
    { config: { LogConfig: { Type: 'odd', Config: {} } }, refused: /plugin "odd" not found/ },
    { config: { LogConfig: { Type: 'none', Config: {} } }, script: 'echo attached', shows: /attached/ },
  ],
  NetworkMode: [{ config: { NetworkMode: 'none' }, script: 'ls /sys/class/net', shows: /^lo\n$/ }],
  PortBindings: [
    NETWORK,
    {
      config: { NetworkMode: 'bridge', PortBindings: { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] } },
      refused: /publish on ::1: containers have no IPv6/,
    },
  ],
  PublishAllPorts: [NETWORK],
  RestartPolicy: [
    { config: { RestartPolicy: { Name: 'no' } }, script: 'echo ran', shows: /ran/ },
    { config: { RestartPolicy: { Name: 'odd' as 'no' } }, refused: /invalid restart policy 'odd'/ },
    'test/e2e/restart.e2e.test.ts',
  ],
  AutoRemove: ['test/engine/containers-lifecycle/lifecycle.e2e.test.ts'],
  CapAdd: [
    {
      config: { CapAdd: ['SYS_PTRACE'] },
      script: 'grep CapEff /proc/self/status',
      shows: /a8\w[89a-f]\w{4}$/m,
    },
  ],
  CapDrop: [{ config: { CapDrop: ['ALL'] }, script: 'grep CapEff /proc/self/status', shows: /\t0{16}$/m }],
  CgroupnsMode: [
    { config: { CgroupnsMode: 'private' }, script: 'cat /proc/self/cgroup', shows: /^(.*:\/\n)+$/ },
    { config: { CgroupnsMode: 'odd' as 'host' }, refused: /invalid cgroup namespace mode: odd/ },
  ],
  Dns: [{ config: { Dns: ['192.0.2.1'] }, script: 'cat /etc/resolv.conf', shows: /nameserver 192\.0\.2\.1/ }],
  DnsOptions: [
    { config: { DnsOptions: ['ndots:7'] }, script: 'cat /etc/resolv.conf', shows: /options ndots:7/ },
  ],
  DnsSearch: [
    {
      config: { DnsSearch: ['example.test'] },
      script: 'cat /etc/resolv.conf',
      shows: /search example\.test/,
    },
  ],
  ExtraHosts: [
    { config: { ExtraHosts: ['db:192.0.2.7'] }, script: 'cat /etc/hosts', shows: /192\.0\.2\.7\s+db/ },
  ],
  GroupAdd: [{ config: { GroupAdd: ['extra', '77'] }, script: 'id -G', shows: /2000 77|77 2000/ }],
  IpcMode: [
    { config: { IpcMode: 'none' }, script: 'grep -c /dev/shm /proc/mounts', shows: /^0$/m },
    { config: { IpcMode: 'host' }, script: 'grep -c /dev/shm /proc/mounts', shows: /^1$/m },
    { config: { IpcMode: 'shareable' }, script: 'grep -c /dev/shm /proc/mounts', shows: /^1$/m },
    { config: { IpcMode: 'container:nosuch' }, refused: /No such container: nosuch/ },
    { config: { IpcMode: 'odd' }, refused: /Invalid IPC mode: odd/ },
  ],
  PidMode: [
    { config: { PidMode: 'host' }, script: 'test -e /proc/$PPID && ls /proc/2/comm', shows: /comm/ },
    { config: { PidMode: 'odd' }, refused: /invalid PID mode: odd/ },
  ],
  UTSMode: [
    { config: { UTSMode: 'host' }, script: 'hostname', shows: new RegExp(`^${hostname()}\n`) },
    { config: { UTSMode: 'odd' }, refused: /invalid UTS mode: odd/ },
  ],
  UsernsMode: [
    { config: { UsernsMode: 'private' }, refused: /user namespace mode private is not implemented/ },
  ],
  Isolation: [
    { config: { Isolation: 'default' }, script: 'echo ran', shows: /ran/ },
    {
      config: { Isolation: 'hyperv' },
      refused: /Invalid isolation: "hyperv" - linux only supports 'default'/,
    },
  ],
  DeviceRequests: [
    {
      config: {
        DeviceRequests: [{ Driver: '', Count: -1, DeviceIDs: [], Capabilities: [['gpu']], Options: {} }],
      },
      refused: /could not select device driver "" with capabilities: \[\[gpu\]\]/,
    },
  ],
  VolumeDriver: [
    { config: { VolumeDriver: 'local' }, script: 'echo ran', shows: /ran/ },
    { config: { VolumeDriver: 'odd', Binds: ['vol:/v'] }, refused: /plugin "odd" not found/ },
  ],
  StorageOpt: [
    {
      config: { StorageOpt: { size: '1m' } },
      refused: /--storage-opt is supported only for overlay over xfs/,
    },
    { config: { StorageOpt: { odd: '1m' } }, refused: /Unknown option odd/ },
  ],
  Privileged: [{ config: { Privileged: true }, script: 'ls /dev/kmsg', shows: /kmsg/ }],
  ReadonlyRootfs: [
    { config: { ReadonlyRootfs: true }, script: 'touch /x 2>&1 || true', shows: /Read-only file system/ },
  ],
  SecurityOpt: [
    {
      config: { SecurityOpt: ['no-new-privileges'] },
      script: 'grep NoNewPrivs /proc/self/status',
      shows: /1$/m,
    },
    { config: { SecurityOpt: ['odd=1'] }, refused: /invalid --security-opt/ },
  ],
  ShmSize: [{ config: { ShmSize: 3 << 20 }, script: 'df -k /dev/shm', shows: /\b3072\b/ }],
  Sysctls: [
    {
      config: { Sysctls: { 'kernel.msgmax': '4096' } },
      script: 'cat /proc/sys/kernel/msgmax',
      shows: /^4096$/m,
    },
    { config: { Sysctls: { 'vm.swappiness': '1' } }, refused: /sysctl "vm.swappiness" is not allowed/ },
  ],
  Runtime: [
    { config: { Runtime: 'runc' }, script: 'echo ran', shows: /ran/ },
    { config: { Runtime: 'odd' }, refused: /Unknown runtime specified odd/ },
  ],
  Init: [{ config: { Init: true }, script: 'cat /proc/1/comm', shows: /docker-init|catatonit/ }],
  OomScoreAdj: [
    { config: { OomScoreAdj: 77 }, script: 'cat /proc/self/oom_score_adj', shows: /^77$/m },
    { config: { OomScoreAdj: 2000 }, refused: /range for oom score adj is \[-1000, 1000\]/ },
  ],
  Links: [
    {
      config: { Links: ['db:db'], NetworkMode: 'bridge' },
      refused: /could not get container for db: No such container: db/,
    },
    {
      config: { Links: ['db:db'], NetworkMode: 'host' },
      refused: /conflicting options: host type networking can't be used with links/,
    },
    {
      config: { Links: ['db:db'], NetworkMode: 'container:db' },
      refused: /conflicting options: container type network can't be used with links/,
    },
  ],
  Devices: [
    {
      config: {
        Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/mine', CgroupPermissions: 'rwm' }],
      },
      script: 'ls -l /dev/mine',
      shows: /^c.*1,\s+3/m,
    },
  ],
  DeviceCgroupRules: [
    { config: {}, script: 'mknod /k c 10 200 && : < /k 2>&1 || true', shows: /not permitted/ },
    {
      config: { DeviceCgroupRules: ['c 10:200 rwm'] },
      script: 'mknod /k c 10 200 && : < /k && echo opened',
      shows: /opened/,
    },
  ],
  Ulimits: [
    { config: { Ulimits: [{ Name: 'nofile', Soft: 99, Hard: 100 }] }, script: 'ulimit -n', shows: /^99$/m },
    { config: { Ulimits: [{ Name: 'odd', Soft: 1, Hard: 1 }] }, refused: /invalid ulimit type: odd/ },
  ],
  MaskedPaths: [
    { config: { MaskedPaths: [] }, script: 'grep -c " /proc/kcore " /proc/mounts', shows: /^0$/m },
  ],
  ReadonlyPaths: [
    { config: { ReadonlyPaths: [] }, script: 'grep -c " /proc/sys " /proc/mounts', shows: /^0$/m },
  ],
  Memory: [
    {
      config: { Memory: 64 << 20 },
      script: cgroup('memory/memory.limit_in_bytes', 'memory.max'),
      shows: /^67108864$/m,
    },
  ],
  MemoryReservation: [
    {
      config: { MemoryReservation: 32 << 20 },
      script: cgroup('memory/memory.soft_limit_in_bytes', 'memory.low'),
      shows: /^33554432$/m,
    },
  ],
  MemorySwap: [{ config: { Memory: 64 << 20, MemorySwap: 32 << 20 }, refused: /Minimum memoryswap limit/ }],
  NanoCpus: [
    {
      config: { NanoCpus: 5e8 },
      script: cgroup('cpu/cpu.cfs_quota_us', 'cpu.max'),
      shows: /^50000( 100000)?$/m,
    },
  ],
  CpuShares: [
    { config: { CpuShares: 512 }, script: cgroup('cpu/cpu.shares', 'cpu.weight'), shows: /^(512|20|59)$/m },
  ],
  CpuPeriod: [
    {
      config: { CpuPeriod: 50_000, CpuQuota: 20_000 },
      script: cgroup('cpu/cpu.cfs_period_us', 'cpu.max'),
      shows: /50000$/m,
    },
  ],
  CpuQuota: [
    {
      config: { CpuQuota: 20_000 },
      script: cgroup('cpu/cpu.cfs_quota_us', 'cpu.max'),
      shows: /^20000/m,
    },
  ],
  CpusetCpus: [
    { config: { CpusetCpus: '0' }, script: 'grep Cpus_allowed_list /proc/self/status', shows: /\t0$/m },
  ],
  CpusetMems: [
    { config: { CpusetMems: '0' }, script: 'grep Mems_allowed_list /proc/self/status', shows: /\t0$/m },
  ],
  PidsLimit: [{ config: { PidsLimit: 9 }, script: cgroup('pids/pids.max', 'pids.max'), shows: /^9$/m }],
  BlkioWeight: [
    can('blkio-weight')
      ? { config: { BlkioWeight: 5 }, refused: /Range of blkio weight is from 10 to 1000/ }
      : { config: { BlkioWeight: 300 }, script: 'echo discarded', shows: /discarded/ },
  ],
  BlkioWeightDevice: [
    can('blkio-weight-device')
      ? { config: { BlkioWeightDevice: [{ Path: '/nosuch', Weight: 9 }] }, refused: /stat \/nosuch/ }
      : {
          config: { BlkioWeightDevice: [{ Path: '/nosuch', Weight: 9 }] },
          script: 'echo discarded',
          shows: /discarded/,
        },
  ],
  BlkioDeviceReadBps: [
    {
      config: { BlkioDeviceReadBps: [{ Path: '/nosuch', Rate: 9 }] },
      refused: /stat \/nosuch: no such file or directory/,
    },
  ],
  BlkioDeviceWriteBps: [
    {
      config: { BlkioDeviceWriteBps: [{ Path: '/dev/null', Rate: 9 }] },
      refused: /\/dev\/null: .* not a block device/,
    },
  ],
  BlkioDeviceReadIOps: [LIMITS],
  BlkioDeviceWriteIOps: [LIMITS],
  MemorySwappiness: [LIMITS],
  KernelMemory: [{ config: { KernelMemory: 64 << 20 }, script: 'echo ran', shows: /ran/ }],
  CpuRealtimePeriod: [LIMITS],
  CpuRealtimeRuntime: [
    {
      config: { CpuRealtimePeriod: 1000, CpuRealtimeRuntime: 2000 },
      refused: can('cpu-realtime') ? /runtime cannot be higher than .* period/ : /real-time scheduler/,
    },
  ],
  CgroupParent: [LIMITS],
  OomKillDisable:
    hostFacts().cgroupMode === 'v2'
      ? ['v2 has no such switch; create warns']
      : [
          {
            config: { OomKillDisable: true, Memory: 64 << 20 },
            script: 'cat /sys/fs/cgroup/memory/memory.oom_control',
            shows: /oom_kill_disable 1/,
          },
        ],
};
