/** Host devices a container is given (`--device`, `--privileged`, `--device-cgroup-rule`). */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { codeOf, EngineError } from '../errors.ts';
import type { DeviceMapping, DeviceRate, HostConfig } from '../types/config.ts';
import type { OciBlockIo, OciDevice, OciDeviceRule, OciThrottle } from './oci-spec.ts';

const PERMISSION_BITS = 0o777;

/** Throws INVALID_ARGUMENT in Docker's words for what is no device. */
export function resolveDevices(host: HostConfig): { devices: OciDevice[]; rules: OciDeviceRule[] } {
  if (host.Privileged) return { devices: hostDevices('/dev'), rules: [] };
  const mapped = (host.Devices ?? []).flatMap((mapping) => mapDevice(mapping));
  return {
    devices: mapped.map(({ device }) => device),
    rules: [...mapped.map(({ rule }) => rule), ...(host.DeviceCgroupRules ?? []).map(parseRule)],
  };
}

function mapDevice(mapping: DeviceMapping): { device: OciDevice; rule: OciDeviceRule }[] {
  const { PathOnHost, PathInContainer, CgroupPermissions } = mapping;
  const access = CgroupPermissions || 'rwm';
  if (!/^[rwm]{1,3}$/.test(access))
    throw new EngineError('INVALID_ARGUMENT', `invalid device mode: ${access}`, { exitCode: 125 });
  const stat = statOf(PathOnHost);
  const target = PathInContainer || PathOnHost;
  const found = stat.isDirectory()
    ? hostDevices(PathOnHost).map((device) => ({
        ...device,
        path: target + device.path.slice(PathOnHost.length),
      }))
    : [deviceOf(stat, target)].filter((device) => device !== undefined);
  if (found.length === 0) throw notADevice(PathOnHost, 'not a device node');
  return found.map((device) => ({
    device,
    rule: { allow: true, type: device.type, major: device.major, minor: device.minor, access },
  }));
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw notADevice(path, codeOf(error) === 'ENOENT' ? 'no such file or directory' : String(error));
  }
}

const notADevice = (path: string, why: string) =>
  new EngineError(
    'INVALID_ARGUMENT',
    `error gathering device information while adding custom device "${path}": ${why}`,
    { exitCode: 125 },
  );

/** Device numbers as glibc packs them (makedev(3)). */
function deviceOf(stat: Stats, path: string): OciDevice | undefined {
  if (!stat.isCharacterDevice() && !stat.isBlockDevice()) return undefined;
  return {
    type: stat.isBlockDevice() ? 'b' : 'c',
    path,
    major: (stat.rdev >> 8) & 0xfff,
    minor: (stat.rdev & 0xff) | ((stat.rdev >> 12) & 0xfff00),
    fileMode: stat.mode & PERMISSION_BITS,
    uid: stat.uid,
    gid: stat.gid,
  };
}

/** All devices of a folder, but for the runtime's own (ptys, shm, mqueue) and the console. */
function hostDevices(folder: string): OciDevice[] {
  const skipped = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', '.lxc', '.lxd-mounts', '.udev']);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name) || entry.isSymbolicLink()) return [];
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return hostDevices(path);
    const device =
      entry.isCharacterDevice() || entry.isBlockDevice() ? deviceOf(statSync(path), path) : undefined;
    return device === undefined ? [] : [device];
  });
}

/** Limits of single block devices (`--device-read-bps` …) by their numbers. Throws INVALID_ARGUMENT for what is no block device. */
export function resolveBlockIo(host: HostConfig): OciBlockIo {
  const number = (Path: string) => {
    const { major, minor } = blockDevice(Path);
    return { major, minor };
  };
  const rates = (given: readonly DeviceRate[] = []): OciThrottle[] =>
    given.map(({ Path, Rate }) => ({ ...number(Path), rate: Rate }));
  const limits = {
    weightDevice: (host.BlkioWeightDevice ?? []).map(({ Path, Weight }) => ({
      ...number(Path),
      weight: Weight,
    })),
    throttleReadBpsDevice: rates(host.BlkioDeviceReadBps),
    throttleWriteBpsDevice: rates(host.BlkioDeviceWriteBps),
    throttleReadIOPSDevice: rates(host.BlkioDeviceReadIOps),
    throttleWriteIOPSDevice: rates(host.BlkioDeviceWriteIOps),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, list]) => list.length > 0));
}

function blockDevice(path: string): OciDevice {
  const refuse = (message: string) => new EngineError('INVALID_ARGUMENT', message, { exitCode: 125 });
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw refuse(`stat ${path}: no such file or directory`);
  if (!stat.isBlockDevice()) throw refuse(`${path}: its I/O can't be limited: not a block device`);
  return deviceOf(stat, path)!;
}

/** 'c 1:3 rwm', '*' = any number */
function parseRule(text: string): OciDeviceRule {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null)
    throw new EngineError('INVALID_ARGUMENT', `invalid device cgroup rule format: '${text}'`, {
      exitCode: 125,
    });
  const [, type, major, minor, access] = match;
  return {
    allow: true,
    type: type!,
    ...(major === '*' ? {} : { major: Number(major) }),
    ...(minor === '*' ? {} : { minor: Number(minor) }),
    access: access!,
  };
}
