import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContainerRecord, HostConfig } from '../../../src/engine/index.ts';
import type { HostFacts } from '../../../src/engine/runtime/host.ts';
import { readHardLimits } from '../../../src/engine/runtime/host.ts';
import { foldSeccomp } from '../../../src/engine/runtime/seccomp.ts';
import profile from '../../../src/engine/runtime/seccomp-default.json' with { type: 'json' };
import { buildSpec, processEnvironment, type SpecInput } from '../../../src/engine/runtime/spec.ts';
import { validateFile } from './json-schema.ts';

const SCHEMA = resolve(import.meta.dirname, '../../data/schemas/oci-runtime-spec/config-schema.json');
const host: HostFacts = {
  capabilities: new Set(['CAP_CHOWN']),
  hardLimits: new Map([['Max open files', 20_000]]),
  cgroupMode: 'v1',
  hasAppArmor: false,
  canRaiseLimits: false,
  oomScoreAdj: -500,
  goArch: 'amd64',
  kernel: [6, 1],
  cgroup: { abilities: new Set(['swap', 'blkio-weight']), cpus: '0-1', mems: '0' },
  thermalPaths: [],
};

function build(
  hostConfig: HostConfig = {},
  change: Partial<SpecInput> = {},
  config: Partial<ContainerRecord['Config']> = {},
) {
  const record = {
    Id: 'a'.repeat(64),
    Path: 'sh',
    Args: ['-c', 'true'],
    HostConfig: hostConfig,
    Config: { Image: 'x', Hostname: 'box', Env: ['A=1'], ...config },
  } as ContainerRecord;
  return buildSpec({
    record,
    rootfs: '/root/fs',
    user: { uid: 0, gid: 0, additionalGids: [0] },
    home: '/root',
    capabilities: ['CAP_CHOWN'],
    seccomp: foldSeccomp(profile, { goArch: 'amd64', kernel: [6, 1], capabilities: ['CAP_CHOWN'] }),
    noNewPrivileges: false,
    namespaces: [{ type: 'mount' }, { type: 'network' }, { type: 'uts' }],
    mounts: [],
    networkFiles: { hosts: '/h', hostname: '/n', resolvConf: '/r' },
    shmSource: undefined,
    devices: [],
    deviceRules: [],
    blockIo: {},
    initPath: undefined,
    consoleSize: undefined,
    host,
    ...change,
  });
}

describe('the OCI configuration', () => {
  it('is valid by the schema of the runtime specification', () => {
    const limits: HostConfig = {
      Memory: 64 << 20,
      MemoryReservation: 32 << 20,
      NanoCpus: 1.5e9,
      PidsLimit: 10,
      CpusetCpus: '0-1',
      BlkioWeight: 300,
      CpuShares: 512,
      Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }],
      Sysctls: { 'net.core.somaxconn': '10' },
      OomScoreAdj: 5,
      ReadonlyRootfs: true,
    };
    const device = { type: 'c', path: '/dev/fuse', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 };
    for (const { spec } of [
      build(),
      build({ Privileged: true }),
      build(limits, { devices: [device], initPath: '/usr/bin/catatonit' }),
    ]) {
      expect(validateFile(JSON.parse(JSON.stringify(spec)), SCHEMA)).toEqual([]);
    }
    expect(validateFile({ ...build().spec, proces: {} }, SCHEMA)).not.toEqual([]);
  });

  it('leaves the inheritable and ambient sets empty', () => {
    expect(build().spec.process.capabilities).toEqual({
      bounding: ['CAP_CHOWN'],
      effective: ['CAP_CHOWN'],
      permitted: ['CAP_CHOWN'],
      inheritable: [],
      ambient: [],
    });
  });

  it('masks and write-protects what Docker does, and nothing when privileged', () => {
    const { linux } = build().spec;
    expect(linux.maskedPaths).toEqual(
      expect.arrayContaining(['/proc/kcore', '/proc/interrupts', '/sys/devices/virtual/powercap']),
    );
    expect(linux.readonlyPaths).toContain('/proc/sys');
    const privileged = build({ Privileged: true }).spec;
    expect([privileged.linux.maskedPaths, privileged.linux.readonlyPaths]).toEqual([[], []]);
    expect(privileged.linux.resources.devices).toEqual([{ allow: true, access: 'rwm' }]);
    expect(privileged.mounts.find(({ destination }) => destination === '/sys')!.options).toContain('rw');
  });

  it('converts the units of Docker', () => {
    const { memory, cpu, pids } = build({ Memory: 100, NanoCpus: 250_000_000, PidsLimit: 7 }).spec.linux
      .resources;
    expect(memory).toEqual({ limit: 100, swap: 200 });
    expect(cpu).toEqual({ quota: 25_000, period: 100_000 });
    expect(pids).toEqual({ limit: 7 });
    expect(build({ Memory: 100, MemorySwap: -1 }).spec.linux.resources.memory).toEqual({
      limit: 100,
      swap: -1,
    });
    expect(build({ PidsLimit: -1 }).spec.linux.resources).not.toHaveProperty('pids');
  });

  it('lowers limits this process may not give, and says so', () => {
    const { spec, warnings } = build({
      Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 1_048_576 }],
      OomScoreAdj: -900,
    });
    expect(spec.process.rlimits).toEqual([{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 20_000 }]);
    expect(warnings).toEqual(['ulimit nofile was lowered to 20000: this process may not give more']);
    expect(spec.process.oomScoreAdj).toBe(-500);
  });

  it('puts what the user mounts over what Docker mounts by default', () => {
    const { mounts } = build(
      {},
      {
        mounts: [{ destination: '/etc/hosts', type: 'bind', source: '/mine', options: ['rbind', 'rslave'] }],
      },
    ).spec;
    expect(mounts.filter(({ destination }) => destination === '/etc/hosts')).toHaveLength(1);
    expect(mounts.at(-1)!.source).toBe('/mine');
  });

  it('runs the init program first', () => {
    const { process, mounts } = build({}, { initPath: '/usr/bin/catatonit' }).spec;
    expect(process.args).toEqual(['/sbin/docker-init', '--', 'sh', '-c', 'true']);
    expect(mounts.at(-1)).toMatchObject({ destination: '/sbin/docker-init', source: '/usr/bin/catatonit' });
  });

  it('builds the environment in the order of Docker', () => {
    const env = processEnvironment(['PATH=/x', 'B=2', 'HOSTNAME'], { hostname: 'h', isTty: true, home: '' });
    expect(env).toEqual(['PATH=/x', 'TERM=xterm', 'B=2', 'HOME=/']);
  });

  it('reads the limits of a process', () => {
    const text =
      'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 20000                files     \nMax cpu time              unlimited            unlimited            seconds   \n';
    expect([...readHardLimits(text)]).toEqual([
      ['Max open files', 20_000],
      ['Max cpu time', Number.POSITIVE_INFINITY],
    ]);
  });
});
