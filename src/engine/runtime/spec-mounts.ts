/** The mounts every container gets, in Docker's form and order. Pure. */
import type { OciMount } from './oci-spec.ts';

const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;

/** Host files bound over the container's. */
export interface NetworkFilePaths {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

export interface DefaultMountOptions {
  isPrivileged: boolean;
  /** bytes */
  shmBytes: number | undefined;
  shmSource: string | undefined;
  /** false with `--ipc none` */
  hasShm: boolean;
}

export function defaultMounts(options: DefaultMountOptions): OciMount[] {
  const access = options.isPrivileged ? 'rw' : 'ro';
  const noPrograms = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: noPrograms },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...noPrograms, access] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...noPrograms, 'relatime', access],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: noPrograms },
    ...(options.hasShm ? [shmMount(options)] : []),
  ];
}

function shmMount(options: DefaultMountOptions): OciMount {
  if (options.shmSource !== undefined) {
    return {
      destination: '/dev/shm',
      type: 'bind',
      source: options.shmSource,
      options: ['rbind', 'rprivate'],
    };
  }
  const size = options.shmBytes || DEFAULT_SHM_BYTES;
  return {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${size}`],
  };
}

export function networkFileMounts(files: NetworkFilePaths): OciMount[] {
  const bind = (destination: string, source: string): OciMount => ({
    destination,
    type: 'bind',
    source,
    options: ['rbind', 'rprivate'],
  });
  return [
    bind('/etc/resolv.conf', files.resolvConf),
    bind('/etc/hostname', files.hostname),
    bind('/etc/hosts', files.hosts),
  ];
}
