/** stats and top: what the kernel's files and ps say. */
import { describe, expect, it } from 'vitest';
import {
  type CgroupFolders,
  cgroupFolders,
  cgroupProcesses,
  counterFiles,
  readCounters,
} from '../../../src/engine/containers/cgroup.ts';
import { withoutMountPoints } from '../../../src/engine/containers/mount-points.ts';
import { networkCounters } from '../../../src/engine/containers/stats.ts';
import { processTable } from '../../../src/engine/containers/top.ts';

const V1 = '8:pids:/boxtop/web\n7:blkio:/boxtop/web\n4:memory:/boxtop/web\n2:cpu,cpuacct:/boxtop/web\n0::/\n';
const V2 = '0::/boxtop/web\n';
const EXPECTED = {
  cpuNs: 14584189,
  memoryBytes: 2_000_000,
  memoryLimitBytes: undefined,
  pids: 2,
  blkReadBytes: 4196,
  blkWriteBytes: 8192,
};

const counters = (folders: CgroupFolders) => readCounters(counterFiles(folders));

const NOTHING = { cpuNs: undefined, memoryBytes: undefined, memoryLimitBytes: undefined, pids: undefined };

describe('control groups', () => {
  it('reads version 1, one folder per controller', () => {
    expect(counters(cgroupFolders(V1, 'test/data/cgroup-v1'))).toEqual(EXPECTED);
  });

  it('reads version 2, one folder for all', () => {
    const folders = cgroupFolders(V2, 'test/data/cgroup-v2');
    const expected = { ...EXPECTED, cpuNs: 14_584_000, memoryLimitBytes: 67_108_864, pids: 3 };
    expect(counters(folders)).toEqual(expected);
    expect(cgroupProcesses(folders)).toEqual([2004, 2017, 2018]);
  });

  it('knows nothing of a group that is gone or outside', () => {
    expect(counters(cgroupFolders('0::/gone\n', 'test/data/cgroup-v2'))).toEqual(NOTHING);
    expect(counters(cgroupFolders('0::/../../x\n', 'test/data/cgroup-v2'))).toEqual(NOTHING);
    expect(cgroupProcesses(cgroupFolders('5:pids:/gone\n', 'test/data/cgroup-v1'))).toEqual([]);
    // an ended process that nobody has waited for is back in the root, with all others
    expect(cgroupFolders('5:pids:/\n', 'test/data/cgroup-v1').of('pids')).toBeUndefined();
  });
});

it('sums all interfaces but the loopback', () => {
  const devices = [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo:    999       1    0    0    0     0          0         0      999       1    0    0    0     0       0          0',
    '  eth0: 1000       1    0    0    0     0          0         0      200       1    0    0    0     0       0          0',
    '  eth1:5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0',
  ].join('\n');
  expect(networkCounters(devices)).toEqual({ netRxBytes: 1005, netTxBytes: 207 });
});

describe('top', () => {
  const output =
    'UID          PID    PPID CMD\nroot           1       0 init  -x\nroot          22       1 sh -c a  b\n\n';
  it('keeps the rows of the container and the spaces of the command', () => {
    expect(processTable(output, new Set([22]))).toEqual({
      Titles: ['UID', 'PID', 'PPID', 'CMD'],
      Processes: [['root', '22', '1', 'sh -c a b']],
    });
  });
  it('needs the PID column', () => {
    expect(() => processTable('UID CMD\nroot sh\n', new Set([1]))).toThrow(
      "Couldn't find PID field in ps output",
    );
  });
});

it('does not count the mount points the runtime made as changes', () => {
  const change = (Path: string, Kind: 0 | 1 | 2) => ({ Path, Kind });
  const stubs = [change('/dev', 1), change('/dev/pts', 1), change('/etc', 0), change('/etc/hosts', 1)];
  expect(withoutMountPoints(stubs)).toEqual([]);
  expect(withoutMountPoints([...stubs, change('/etc/x', 1), change('/device', 1)])).toEqual([
    change('/etc', 0),
    change('/etc/x', 1),
    change('/device', 1),
  ]);
});
