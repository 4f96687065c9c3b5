/** The flags of limits: those that `update` changes, and those that only `run` and `create` take. */
import { ramInBytes } from '../format/units.ts';
import { bool, type Flag, int, list, text } from './flags.ts';
import { parseCpus, parseMemorySwap } from './opts/limits.ts';
import { checkUint16, parseByteRate, parseOperationRate, parseWeightDevice } from './opts/resources.ts';

const typed = (word: string, flag: Flag, check: Flag['check']): Flag => ({
  ...flag,
  word,
  ...(check && { check }),
});
const checked = (flag: Flag, check: Flag['check']): Flag => ({ ...flag, check });

/** As `docker update` has them. */
export const UPDATE_FLAGS: readonly Flag[] = [
  typed('uint16', int('blkio-weight', 'Relative weight of block I/O, 10 to 1000, 0 = off'), checkUint16),
  int('cpu-period', 'Period of the CPU quota, microseconds'),
  int('cpu-quota', 'CPU quota, microseconds per period'),
  int('cpu-rt-period', 'Period of real-time CPU, microseconds'),
  int('cpu-rt-runtime', 'Real-time CPU per period, microseconds'),
  int('cpu-shares', 'Relative weight of CPU', 'c'),
  typed('decimal', text('cpus', 'Number of CPUs'), parseCpus),
  text('cpuset-cpus', 'CPUs to run on (0-3, 0,1)'),
  text('cpuset-mems', 'Memory nodes to use (0-3, 0,1)'),
  // deprecated: accepted with a warning, out of the help as in Docker
  { ...typed('bytes', text('kernel-memory', ''), ramInBytes), isHidden: true },
  typed('bytes', text('memory', 'Memory limit', 'm'), ramInBytes),
  typed('bytes', text('memory-reservation', 'Soft limit of memory'), ramInBytes),
  typed('bytes', text('memory-swap', "Limit of memory plus swap, '-1' = unlimited swap"), parseMemorySwap),
  int('pids-limit', 'Limit of processes, -1 = unlimited'),
];

export const RESOURCE_FLAGS: readonly Flag[] = [
  ...UPDATE_FLAGS,
  checked(
    list('blkio-weight-device', 'Relative weight of block I/O on a device (/dev/sda:100)'),
    parseWeightDevice,
  ),
  text('cgroup-parent', "Control group that holds the container's"),
  checked(list('device-read-bps', 'Limit reading from a device, bytes/s (/dev/sda:1mb)'), parseByteRate),
  checked(
    list('device-read-iops', 'Limit reading from a device, operations/s (/dev/sda:100)'),
    parseOperationRate,
  ),
  checked(list('device-write-bps', 'Limit writing to a device, bytes/s (/dev/sda:1mb)'), parseByteRate),
  checked(
    list('device-write-iops', 'Limit writing to a device, operations/s (/dev/sda:100)'),
    parseOperationRate,
  ),
  int('memory-swappiness', 'Tune swapping of the container (0 to 100)'),
  bool('oom-kill-disable', 'Disable the OOM killer'),
  typed('bytes', text('shm-size', 'Size of /dev/shm'), ramInBytes),
];
