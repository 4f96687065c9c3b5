/** Limits on both versions of control groups, on hand-made trees. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCgroupFacts } from '../../../src/engine/runtime/cgroup-facts.ts';
import { cgroupSettings } from '../../../src/engine/runtime/cgroup-settings.ts';
import { writeCgroup } from '../../../src/engine/runtime/cgroup-write.ts';
import type { OciResources } from '../../../src/engine/runtime/oci-spec.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boxtop-test-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function make(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const abilities = () => [...readCgroupFacts(root).abilities].sort();

describe('what control groups can', () => {
  it('is told on version 1 by the files there are', () => {
    make({
      'memory/memory.limit_in_bytes': '1',
      'memory/memory.oom_control': '',
      'cpu/cpu.shares': '1024',
      'cpuset/cpuset.cpus': '0-3',
      'cpuset/cpuset.effective_cpus': '0-2\n',
      'cpuset/cpuset.mems': '0\n',
      'blkio/blkio.throttle.read_bps_device': '',
    });
    expect(abilities()).toEqual(['cpu-shares', 'cpuset', 'memory', 'oom-kill-disable', 'read-bps']);
    expect(readCgroupFacts(root)).toMatchObject({ cpus: '0-2', mems: '0' });
  });

  it('is told on version 2 by the controllers, and by what groups show of them', () => {
    make({
      'cgroup.controllers': 'cpuset cpu io memory pids\n',
      'cpuset.cpus.effective': '0-7\n',
      'cpuset.mems.effective': '0\n',
    });
    const all = ['cpu-cfs', 'cpu-shares', 'cpuset', 'memory', 'pids', 'reservation', 'swap'];
    const io = ['blkio-weight', 'blkio-weight-device', 'read-bps', 'read-iops', 'write-bps', 'write-iops'];
    expect(abilities()).toEqual([...all, ...io].sort());
    expect(readCgroupFacts(root)).toMatchObject({ cpus: '0-7', mems: '0' });
    make({ 'init.scope/memory.max': 'max', 'init.scope/io.max': '', 'init.scope/cpu.weight': '100' });
    const without = ['swap', 'cpu-cfs', 'blkio-weight', 'blkio-weight-device'];
    expect(abilities()).toEqual([...all, ...io].filter((ability) => !without.includes(ability)).sort());
  });

  it('is little without a hierarchy', () => {
    expect(readCgroupFacts(root)).toEqual({ abilities: new Set(), cpus: '', mems: '' });
    make({ 'cgroup.controllers': 'hugetlb\n' });
    expect(abilities()).toEqual([]);
  });
});

type Limits = Omit<OciResources, 'devices'>;
const shown = (limits: Limits, isV2: boolean) =>
  cgroupSettings(limits, isV2).map(({ choices }) =>
    choices.map(({ file, value }) => `${file}=${value}`).join('|'),
  );

describe('limits as files', () => {
  const limits: Limits = {
    memory: { limit: 100, swap: 150, reservation: 50 },
    cpu: { shares: 512, quota: 20_000, period: 50_000, cpus: '0-1', mems: '0' },
    pids: { limit: 7 },
    blockIO: { weight: 500 },
  };
  it('keep their numbers on version 1', () => {
    expect(shown(limits, false)).toEqual([
      'memory.limit_in_bytes=100',
      'memory.memsw.limit_in_bytes=150',
      'memory.soft_limit_in_bytes=50',
      'cpu.shares=512',
      'cpu.cfs_period_us=50000',
      'cpu.cfs_quota_us=20000',
      'blkio.weight=500|blkio.bfq.weight=500',
      'cpuset.cpus=0-1',
      'cpuset.mems=0',
      'pids.max=7',
    ]);
  });
  it('are converted on version 2', () => {
    expect(shown(limits, true)).toEqual([
      'memory.max=100',
      'memory.swap.max=50',
      'memory.low=50',
      'cpu.weight=20',
      'cpu.max=20000 50000',
      'io.bfq.weight=500|io.weight=4950',
      'cpuset.cpus=0-1',
      'cpuset.mems=0',
      'pids.max=7',
    ]);
  });
  it.each([
    [2, 1],
    [1024, 39],
    [262_144, 10_000],
    [1, 1],
  ])('makes the weight of %i shares %i', (shares, weight) => {
    expect(shown({ cpu: { shares } }, true)).toEqual([`cpu.weight=${weight}`]);
  });
  it.each([
    [{ memory: { swap: -1 } }, ['memory.swap.max=max']],
    [{ memory: { limit: 100, swap: 100 } }, ['memory.max=100', 'memory.swap.max=0']],
    [{ cpu: { quota: -1 } }, ['cpu.max=max']],
    [{ cpu: { period: 50_000 } }, ['cpu.max=max 50000']],
    [{ pids: { limit: -1 } }, ['pids.max=max']],
    [{ cpu: { realtimePeriod: 5, realtimeRuntime: 5 }, memory: { swappiness: 3 } }, []],
    [{ blockIO: { weight: 10 } }, ['io.bfq.weight=10|io.weight=1']],
    [{ blockIO: { weight: 1000 } }, ['io.bfq.weight=1000|io.weight=10000']],
  ] as [Limits, string[]][])('write %j on version 2 as %j', (given, files) => {
    expect(shown(given, true)).toEqual(files);
  });
});

describe('changing a group', () => {
  const v1 = (controller: string) => join(root, controller);
  const write = (limits: Limits) => writeCgroup(cgroupSettings(limits, false), v1);

  it('writes every value', () => {
    make({ 'memory/memory.limit_in_bytes': '9', 'pids/pids.max': 'max' });
    write({ memory: { limit: 5 }, pids: { limit: 3 } });
    expect([read('memory/memory.limit_in_bytes'), read('pids/pids.max')]).toEqual(['5', '3']);
  });

  it('puts back what it wrote when a later value is refused', () => {
    make({ 'memory/memory.limit_in_bytes': '9\n', 'cpu/cpu.shares': '1024\n', 'pids/cgroup.procs': '' });
    // readable, but refused by the kernel to everybody
    symlinkSync('/proc/sys/kernel/ostype', join(root, 'pids/pids.max'));
    const change = () => write({ memory: { limit: 5 }, cpu: { shares: 2 }, pids: { limit: 3 } });
    expect(change).toThrow(`failed to write "3": write ${root}/pids/pids.max: permission denied`);
    expect([read('memory/memory.limit_in_bytes'), read('cpu/cpu.shares')]).toEqual(['9', '1024']);
  });

  it('writes nothing when a file is missing', () => {
    make({ 'memory/memory.limit_in_bytes': '9\n' });
    expect(() => write({ memory: { limit: 5 }, pids: { limit: 3 } })).toThrow(
      'this machine has no pids.max to write 3 to',
    );
    expect(read('memory/memory.limit_in_bytes')).toBe('9\n');
  });

  it('refuses on version 2 a limit below what is used and cannot be dropped', () => {
    const files = {
      'memory.max': 'max',
      'memory.current': '5000',
      'memory.stat': 'anon 1\ninactive_file 1000\n',
    };
    make(files);
    const set = (limit: number) => writeCgroup(cgroupSettings({ memory: { limit } }, true), () => root);
    expect(() => set(3999)).toThrow('unable to set memory limit to 3999 (current usage: 4000)');
    expect(read('memory.max')).toBe('max');
    set(4000);
    expect(read('memory.max')).toBe('4000');
  });
});
