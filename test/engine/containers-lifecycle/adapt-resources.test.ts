/** Limits: Docker's refusals and warnings, and what is discarded. */
import { describe, expect, it } from 'vitest';
import { adaptResources } from '../../../src/engine/containers/adapt-resources.ts';
import type { HostConfig } from '../../../src/engine/index.ts';
import type { CgroupAbility } from '../../../src/engine/runtime/cgroup-facts.ts';

const MIB = 1024 * 1024;
const ALL: readonly CgroupAbility[] = [
  ...(['memory', 'swap', 'reservation', 'swappiness', 'kernel-memory', 'oom-kill-disable'] as const),
  ...(['cpu-shares', 'cpu-cfs', 'cpu-realtime', 'cpuset', 'pids'] as const),
  ...(['blkio-weight', 'blkio-weight-device', 'read-bps', 'write-bps', 'read-iops', 'write-iops'] as const),
];
const machine = (...without: CgroupAbility[]) => ({
  cgroup: {
    abilities: new Set(ALL.filter((ability) => !without.includes(ability))),
    cpus: '0-1,4',
    mems: '0',
  },
  cpuCount: 2,
});

describe('limits', () => {
  it.each([
    [{ Memory: 1 }, 'Minimum memory limit allowed is 6MB'],
    [{ Memory: 8 * MIB, MemorySwap: 7 * MIB }, 'Minimum memoryswap limit should be larger than memory limit'],
    [{ MemorySwap: 8 * MIB }, 'You should always set the Memory limit when using Memoryswap limit'],
    [{ MemoryReservation: 1 }, 'Minimum memory reservation allowed is 6MB'],
    [
      { Memory: 8 * MIB, MemoryReservation: 9 * MIB },
      'Minimum memory limit can not be less than memory reservation limit',
    ],
    [{ MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
    [{ KernelMemory: 1 }, 'Minimum kernel memory limit allowed is 6MB'],
    [{ NanoCpus: 1, CpuPeriod: 5000 }, 'Nano CPUs and CPU Period cannot both be set'],
    [{ NanoCpus: 1, CpuQuota: 5000 }, 'Nano CPUs and CPU Quota cannot both be set'],
    [{ NanoCpus: 2_000_000_001 }, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
    [{ NanoCpus: -1 }, 'Range of CPUs is from 0.01'],
    [{ CpuPeriod: 999 }, 'CPU cfs period can not be less than 1ms'],
    [{ CpuPeriod: 1_000_001 }, 'or larger than 1s (i.e. 1000000)'],
    [{ CpuQuota: 999 }, 'CPU cfs quota can not be less than 1ms'],
    [{ CpuShares: 1 }, 'the minimum allowed cpu-shares is 2'],
    [{ CpuShares: 262_145 }, 'the maximum allowed cpu-shares is 262144'],
    [{ CpuShares: -1 }, 'shares: invalid argument'],
    [{ CpuRealtimePeriod: 5, CpuRealtimeRuntime: 6 }, 'cpu real-time runtime cannot be higher than'],
    [{ CpusetCpus: '2' }, 'Requested CPUs are not available - requested 2, available: 0-1,4'],
    [{ CpusetCpus: '0-4' }, 'Requested CPUs are not available - requested 0-4, available: 0-1,4'],
    [{ CpusetCpus: 'abc' }, 'Invalid value abc for cpuset cpus: invalid format: abc'],
    [{ CpusetCpus: '1-0' }, 'Invalid value 1-0 for cpuset cpus: invalid format: 1-0'],
    [{ CpusetCpus: '0-999999999' }, 'value of out range, maximum is 8192'],
    [{ CpusetMems: '1' }, 'Requested memory nodes are not available - requested 1, available: 0'],
    [{ BlkioWeight: 9 }, 'Range of blkio weight is from 10 to 1000'],
  ] as [HostConfig, string][])('%j are refused', (limits, words) => {
    expect(() => adaptResources(limits, machine())).toThrow(words);
  });

  it.each([
    { Memory: 6 * MIB, MemorySwap: -1, MemoryReservation: 6 * MIB },
    { NanoCpus: 2_000_000_000, CpusetCpus: '0,4', CpusetMems: '0' },
    { CpuQuota: -5, CpuPeriod: 1000, CpuShares: 2, PidsLimit: -5 },
    { BlkioWeight: 10, MemorySwappiness: 0 },
  ] as HostConfig[])('%j are taken as they are', (limits) => {
    const given = structuredClone(limits);
    expect(adaptResources(limits, machine())).toEqual([]);
    expect(limits).toEqual(given);
  });

  it.each([
    ['memory', { Memory: 8 * MIB, MemorySwap: 9 * MIB }, /memory limit capabilities .* Limitation discarded/],
    ['reservation', { MemoryReservation: 8 * MIB }, /memory soft limit .* Limitation discarded/],
    ['swappiness', { MemorySwappiness: 5 }, /memory swappiness .* swappiness discarded/],
    ['kernel-memory', { KernelMemory: 5 }, /kernel memory limit .* Limitation discarded/],
    ['oom-kill-disable', { OomKillDisable: true }, /does not support OomKillDisable/],
    ['pids', { PidsLimit: 5 }, /PIDs limit discarded/],
    ['cpu-shares', { CpuShares: 512 }, /Shares discarded/],
    ['cpu-cfs', { CpuPeriod: 5000, CpuQuota: 5000 }, /CPU period\/quota discarded/],
    ['cpuset', { CpusetCpus: '77' }, /Cpuset discarded/],
    ['blkio-weight', { BlkioWeight: 5 }, /Weight discarded/],
    ['blkio-weight-device', { BlkioWeightDevice: [{ Path: '/x', Weight: 5 }] }, /Weight-device discarded/],
    ['read-bps', { BlkioDeviceReadBps: [{ Path: '/x', Rate: 5 }] }, /BPS read limit discarded/],
    ['write-iops', { BlkioDeviceWriteIOps: [{ Path: '/x', Rate: 5 }] }, /IOPS write limit discarded/],
  ] as [CgroupAbility, HostConfig, RegExp][])('without %s %j go with a warning', (ability, limits, words) => {
    expect(adaptResources(limits, machine(ability))).toEqual([expect.stringMatching(words)]);
    expect(limits).toEqual({});
  });

  it('stay with a warning where only a part is missing or unwise', () => {
    const limits: HostConfig = { Memory: 8 * MIB, MemorySwap: 9 * MIB };
    expect(adaptResources(limits, machine('swap'))).toEqual([
      expect.stringContaining('Memory limited without swap.'),
    ]);
    expect(limits.MemorySwap).toBe(-1);
    expect(adaptResources({ KernelMemory: 8 * MIB, OomKillDisable: true }, machine())).toEqual([
      expect.stringContaining('Specifying a kernel memory limit is deprecated'),
      expect.stringContaining('OOM killer is disabled for the container, but no memory limit is set'),
    ]);
  });

  it('cannot be kept at all without what Docker insists on', () => {
    expect(() => adaptResources({ NanoCpus: 1e9 }, machine('cpu-cfs'))).toThrow('NanoCPUs can not be set');
    expect(() => adaptResources({ CpuRealtimePeriod: 5 }, machine('cpu-realtime'))).toThrow(
      'Your kernel does not support CPU real-time scheduler',
    );
  });

  it('may change swap alone in an update', () => {
    expect(adaptResources({ MemorySwap: 9 * MIB }, machine(), { isUpdate: true })).toEqual([]);
  });
});
