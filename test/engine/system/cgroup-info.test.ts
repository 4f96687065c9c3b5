/** What info says of control groups that lack something. */
import { expect, it } from 'vitest';
import type { CgroupAbility } from '../../../src/engine/runtime/cgroup-facts.ts';
import { cgroupInfo, cgroupWarnings } from '../../../src/engine/system/cgroup-info.ts';

const CORE: readonly CgroupAbility[] = ['memory', 'swap', 'cpu-shares', 'cpu-cfs', 'cpuset', 'pids'];
const IO: readonly CgroupAbility[] = ['read-bps', 'write-bps', 'read-iops', 'write-iops'];

it('warns of what is missing, in the words of the version', () => {
  const abilities = new Set([...CORE, ...IO].filter((ability) => !['swap', 'read-bps'].includes(ability)));
  expect(cgroupWarnings(abilities, false)).toEqual([
    'WARNING: No swap limit support',
    'WARNING: No kernel memory TCP limit support',
    'WARNING: No oom kill disable support',
    'WARNING: No blkio throttle.read_bps_device support',
  ]);
  expect(cgroupWarnings(abilities, true)).toEqual([
    'WARNING: No swap limit support',
    'WARNING: No io.max (rbps) support',
  ]);
});

it('has Docker’s fields', () => {
  expect(cgroupInfo(new Set(CORE))).toEqual({
    MemoryLimit: true,
    SwapLimit: true,
    KernelMemory: false,
    KernelMemoryTCP: false,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    OomKillDisable: false,
  });
  expect(cgroupWarnings(new Set(), true)).toHaveLength(10);
});
