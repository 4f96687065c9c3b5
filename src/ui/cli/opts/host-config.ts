/** The HostConfig part of `run` and `create`. Pure. */
import type { HostConfig } from '../../../engine/index.ts';
import type { FlagValues } from '../flags.ts';
import { parseAddHost, parseDnsSearch, parseIpAddress, parseLink } from './addresses.ts';
import type { Surroundings } from './container-config.ts';
import { parseDevice, parseGpus } from './devices.ts';
import { checkNamespaceModes, checkSecurityOption, parseStorageOptions } from './isolation.ts';
import { keyValues } from './key-values.ts';
import { parseMount } from './mount.ts';
import { resources } from './resources.ts';
import { restartPolicy } from './restart.ts';
import { parseUlimits } from './ulimit.ts';

/** Only what was given; the engine fills in the defaults. */
export function hostConfig(flags: FlagValues, around: Surroundings): HostConfig {
  return withoutEmpty({
    ContainerIDFile: flags.string('cidfile'),
    AutoRemove: flags.bool('rm') || undefined,
    RestartPolicy: restartPolicy(flags),
    PublishAllPorts: flags.bool('publish-all') || undefined,
    Mounts: flags.list('mount').map((value) => parseMount(value, around.directory)),
    Tmpfs: tmpfs(flags.list('tmpfs')),
    VolumesFrom: flags.list('volumes-from'),
    VolumeDriver: flags.string('volume-driver') || undefined,
    StorageOpt: parseStorageOptions(flags.list('storage-opt')),
    LogConfig: logConfig(flags),
    Runtime: flags.string('runtime'),
    Init: flags.has('init') ? flags.bool('init') : undefined,
    OomScoreAdj: flags.int('oom-score-adj'),
    ReadonlyRootfs: flags.bool('read-only') || undefined,
    ...network(flags),
    ...isolation(flags, around.securityOptions),
    ...resources(flags),
    Ulimits: parseUlimits(flags.list('ulimit')),
  });
}

function network(flags: FlagValues): HostConfig {
  return {
    Dns: flags.list('dns').map(parseIpAddress),
    DnsOptions: [...flags.list('dns-option'), ...flags.list('dns-opt')],
    DnsSearch: flags.list('dns-search').map(parseDnsSearch),
    ExtraHosts: flags.list('add-host').map(parseAddHost),
    // of a network that is named they are the endpoint's
    Links: flags.has('network') || flags.has('net') ? [] : links(flags),
  };
}

/** 'name:alias' of each --link. */
export const links = (flags: FlagValues): string[] =>
  flags.list('link').map((value) => {
    const { name, alias } = parseLink(value);
    return `${name}:${alias}`;
  });

function isolation(flags: FlagValues, securityOptions: readonly string[]): HostConfig {
  const isUnmasked = securityOptions.includes('systempaths=unconfined');
  const [pid, uts, userns, cgroupns] = ['pid', 'uts', 'userns', 'cgroupns'].map((name) => flags.string(name));
  checkNamespaceModes({ pid, uts, userns, cgroupns });
  for (const option of securityOptions) checkSecurityOption(option);
  return {
    CapAdd: flags.list('cap-add'),
    CapDrop: flags.list('cap-drop'),
    CgroupnsMode: cgroupns as HostConfig['CgroupnsMode'],
    Devices: flags.list('device').map(parseDevice),
    DeviceRequests: flags.list('gpus').map(parseGpus),
    DeviceCgroupRules: flags.list('device-cgroup-rule'),
    GroupAdd: flags.list('group-add'),
    IpcMode: flags.string('ipc'),
    PidMode: pid,
    UTSMode: uts,
    UsernsMode: userns,
    Isolation: flags.string('isolation') || undefined,
    Privileged: flags.bool('privileged') || undefined,
    SecurityOpt: securityOptions.filter((option) => option !== 'systempaths=unconfined'),
    Sysctls: keyValues(flags.list('sysctl')),
    // `withoutEmpty` would drop these: an empty list means that nothing is masked
    ...(isUnmasked && { MaskedPaths: KEPT_EMPTY, ReadonlyPaths: KEPT_EMPTY }),
  };
}

const KEPT_EMPTY: string[] = [];

/** 'target[:options]' */
function tmpfs(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const colon = value.indexOf(':');
      return colon < 0 ? [value, ''] : [value.slice(0, colon), value.slice(colon + 1)];
    }),
  );
}

function logConfig(flags: FlagValues): HostConfig['LogConfig'] {
  const options = keyValues(flags.list('log-opt'));
  const driver = flags.string('log-driver');
  if (driver === 'none' && Object.keys(options).length > 0)
    throw new Error('invalid logging opts for driver none');
  return driver === undefined && Object.keys(options).length === 0
    ? undefined
    : { Type: driver ?? '', Config: options };
}

function withoutEmpty(config: HostConfig): HostConfig {
  const isKept = (value: unknown) =>
    value !== undefined &&
    (value === KEPT_EMPTY || typeof value !== 'object' || Object.keys(value as object).length > 0);
  return Object.fromEntries(Object.entries(config).filter(([, value]) => isKept(value)));
}
