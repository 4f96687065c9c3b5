/** What an update makes of the limits there are. */
import { describe, expect, it } from 'vitest';
import { changedLimits, mergeUpdate } from '../../../src/engine/containers/merge-update.ts';
import type { ContainerUpdate, HostConfig } from '../../../src/engine/index.ts';

const MIB = 1024 * 1024;

describe('an update', () => {
  it.each([
    [{}, { CpuShares: 512 }, { CpuShares: 512 }],
    [
      { CpuShares: 512, Memory: 5 },
      { CpuShares: 0, CpusetCpus: '' },
      { CpuShares: 512, Memory: 5 },
    ],
    [{ PidsLimit: 5 }, { PidsLimit: -1 }, { PidsLimit: 0 }],
    [{ Memory: 8, MemorySwap: 16 }, { Memory: 12 }, { Memory: 12, MemorySwap: 16 }],
    [{ Memory: 8, MemorySwap: 16 }, { MemorySwap: -1 }, { Memory: 8, MemorySwap: -1 }],
    [
      { RestartPolicy: { Name: 'no' } },
      { RestartPolicy: { Name: 'always' } },
      { RestartPolicy: { Name: 'always' } },
    ],
    [{ RestartPolicy: { Name: 'no' } }, { RestartPolicy: { Name: '' } }, { RestartPolicy: { Name: 'no' } }],
    [
      { AutoRemove: true },
      { RestartPolicy: { Name: 'no' } },
      { AutoRemove: true, RestartPolicy: { Name: 'no' } },
    ],
  ] as [HostConfig, ContainerUpdate, HostConfig][])('of %j by %j is %j', (current, change, next) => {
    expect(mergeUpdate(current, change)).toEqual(next);
  });

  it.each([
    [{ CpuPeriod: 1000 }, { NanoCpus: 1 }, 'Nano CPUs cannot be updated as CPU Period has already been set'],
    [{ CpuQuota: 1000 }, { NanoCpus: 1 }, 'Nano CPUs cannot be updated as CPU Quota has already been set'],
    [{ NanoCpus: 1 }, { CpuPeriod: 1000 }, 'CPU Period cannot be updated as NanoCPUs has already been set'],
    [{ NanoCpus: 1 }, { CpuQuota: 1000 }, 'CPU Quota cannot be updated as NanoCPUs has already been set'],
    [{}, { Memory: 8 }, 'Memory limit should be smaller than already set memoryswap limit'],
    [{ Memory: 8, MemorySwap: 16 }, { Memory: 17 }, 'update the memoryswap at the same time'],
    [{ Memory: 8, MemorySwap: -1 }, { Memory: 9 }, 'update the memoryswap at the same time'],
    [{}, { MemorySwap: 8 }, 'You should always set the Memory limit when using Memoryswap limit'],
    [{ Memory: 8 }, { MemorySwap: 7 }, 'Minimum memoryswap limit should be larger than memory limit'],
    [
      { AutoRemove: true },
      { RestartPolicy: { Name: 'always' } },
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
    ],
  ] as [HostConfig, ContainerUpdate, string][])('of %j by %j is refused', (current, change, words) => {
    expect(() => mergeUpdate(current, change)).toThrow(words);
  });

  it('is about what it changes, and what makes one limit with that', () => {
    const next = { Memory: 8 * MIB, MemorySwap: 9 * MIB, CpuQuota: 5000, CpuPeriod: 9000, CpuShares: 7 };
    expect(changedLimits(next, { MemorySwap: 9 * MIB })).toEqual({ Memory: 8 * MIB, MemorySwap: 9 * MIB });
    expect(changedLimits(next, { CpuPeriod: 9000 })).toEqual({ CpuQuota: 5000, CpuPeriod: 9000 });
    expect(changedLimits(next, { CpuShares: 7 })).toEqual({ CpuShares: 7 });
  });
});
