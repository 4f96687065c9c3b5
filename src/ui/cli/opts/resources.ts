/** Limits as HostConfig has them, and limits of single devices (docker/cli opts/throttledevice.go, weightdevice.go). Pure. */
import type { ContainerUpdate, DeviceRate, HostConfig } from '../../../engine/index.ts';
import { ramInBytes } from '../../format/units.ts';
import { type FlagValues, wholeNumber } from '../flags.ts';
import { parseCpus, parseMemorySwap } from './limits.ts';

/** The limits that `run`, `create` and `update` share; undefined = not given. */
export function updateLimits(flags: FlagValues): ContainerUpdate {
  const read = <T>(name: string, parse: (value: string) => T): T | undefined => {
    const value = flags.string(name);
    return value === undefined ? undefined : parse(value);
  };
  return withoutUndefined({
    BlkioWeight: flags.int('blkio-weight'),
    CpuPeriod: flags.int('cpu-period'),
    CpuQuota: flags.int('cpu-quota'),
    CpuRealtimePeriod: flags.int('cpu-rt-period'),
    CpuRealtimeRuntime: flags.int('cpu-rt-runtime'),
    CpuShares: flags.int('cpu-shares'),
    CpusetCpus: flags.string('cpuset-cpus'),
    CpusetMems: flags.string('cpuset-mems'),
    KernelMemory: read('kernel-memory', ramInBytes),
    NanoCpus: read('cpus', parseCpus),
    Memory: read('memory', ramInBytes),
    MemoryReservation: read('memory-reservation', ramInBytes),
    MemorySwap: read('memory-swap', parseMemorySwap),
    PidsLimit: flags.int('pids-limit'),
  });
}

function withoutUndefined(
  limits: { [K in keyof ContainerUpdate]: ContainerUpdate[K] | undefined },
): ContainerUpdate {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** All limits of a container to be made. Throws for a swappiness out of range. */
export function resources(flags: FlagValues): HostConfig {
  const shm = flags.string('shm-size');
  const swappiness = flags.int('memory-swappiness') ?? -1;
  if (swappiness < -1 || swappiness > 100)
    throw new Error(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  return {
    ...updateLimits(flags),
    BlkioWeightDevice: flags.list('blkio-weight-device').map(parseWeightDevice),
    BlkioDeviceReadBps: flags.list('device-read-bps').map(parseByteRate),
    BlkioDeviceWriteBps: flags.list('device-write-bps').map(parseByteRate),
    BlkioDeviceReadIOps: flags.list('device-read-iops').map(parseOperationRate),
    BlkioDeviceWriteIOps: flags.list('device-write-iops').map(parseOperationRate),
    CgroupParent: flags.string('cgroup-parent') || undefined,
    MemorySwappiness: swappiness === -1 ? undefined : swappiness,
    OomKillDisable: flags.bool('oom-kill-disable') || undefined,
    ShmSize: shm === undefined ? undefined : ramInBytes(shm),
  };
}

/** A whole number of 16 bits. Throws as Go's strconv does. */
export function checkUint16(value: string): void {
  const refuse = (why: string) => new Error(`strconv.ParseUint: parsing ${JSON.stringify(value)}: ${why}`);
  const number = /^[+-]/.test(value) ? undefined : wholeNumber(value);
  if (number === undefined) throw refuse('invalid syntax');
  if (number > 0xffffn) throw refuse('value out of range');
}

/** '/dev/sda:100' */
export function parseWeightDevice(text: string): { Path: string; Weight: number } {
  const { path, value } = deviceValue(text);
  const weight = /^\d+$/.test(value) ? Number(value) : -1;
  if (weight !== 0 && (weight < 10 || weight > 1000)) throw new Error(`invalid weight for device: ${text}`);
  return { Path: path, Weight: weight };
}

/** '/dev/sda:1mb' */
export function parseByteRate(text: string): DeviceRate {
  const { path, value } = deviceValue(text);
  try {
    return { Path: path, Rate: ramInBytes(value) };
  } catch {
    throw new Error(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
    );
  }
}

/** '/dev/sda:100' */
export function parseOperationRate(text: string): DeviceRate {
  const { path, value } = deviceValue(text);
  if (!/^\d+$/.test(value) || BigInt(value) > 0xffff_ffff_ffff_ffffn)
    throw new Error(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
    );
  return { Path: path, Rate: Number(value) };
}

function deviceValue(text: string): { path: string; value: string } {
  const colon = text.indexOf(':');
  if (colon < 1) throw new Error(`bad format: ${text}`);
  const path = text.slice(0, colon);
  if (!path.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`);
  return { path, value: text.slice(colon + 1) };
}
