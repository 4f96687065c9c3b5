/** Checks of namespaces, logging and networking options: what boxtop can't do is refused by its name, never ignored. Pure. */
import { EngineError } from '../errors.ts';
import { checkEndpoint } from '../networks/endpoint-check.ts';
import type { ContainerConfig, EndpointSettings, HostConfig } from '../types/config.ts';
import { checkLogConfig } from './logs/log-limits.ts';

const invalid = (message: string, hint?: string) =>
  new EngineError('INVALID_ARGUMENT', message, { hint, exitCode: 125 });
const unimplemented = (what: string, hint?: string) =>
  new EngineError('UNIMPLEMENTED', `${what} is not implemented yet`, { hint, exitCode: 125 });

/** Throws UNIMPLEMENTED or INVALID_ARGUMENT; returns Docker's warnings. `given` is the user's configuration, without the image's. */
export function validateModes(
  given: ContainerConfig,
  host: HostConfig,
  endpoints: Readonly<Record<string, EndpointSettings>>,
): string[] {
  refuseUnimplemented(host);
  checkNamespaces(host);
  checkLinks(host);
  if (host.LogConfig !== undefined) checkLogConfig(host.LogConfig);
  checkDrivers(host);
  checkEndpoints(host, endpoints);
  return checkConflicts(given, host);
}

function refuseUnimplemented(host: HostConfig): void {
  if (host.UsernsMode && host.UsernsMode !== 'host')
    throw unimplemented(`user namespace mode ${host.UsernsMode}`);
}

/** Links of a network that a user made are told with its endpoint. */
function checkLinks({ Links = [], NetworkMode = '' }: HostConfig): void {
  if (Links.length === 0 || ['', 'default', 'bridge'].includes(NetworkMode)) return;
  const isJoined = NetworkMode.startsWith('container:');
  if (NetworkMode !== 'host' && !isJoined)
    throw invalid('links are only supported for user-defined networks');
  const network = isJoined ? 'container type network' : 'host type networking';
  throw invalid(
    `conflicting options: ${network} can't be used with links. This would result in undefined behavior`,
  );
}

/** Docker's modes (api/types/container hostconfig.go). */
function checkNamespaces({ IpcMode = '', PidMode = '', UTSMode = '', CgroupnsMode = '' }: HostConfig): void {
  if (!/^(|private|shareable|host|none|container:.*)$/.test(IpcMode))
    throw invalid(`Invalid IPC mode: ${IpcMode}`);
  if (IpcMode === 'container:')
    throw invalid('can\'t join IPC of container : invalid name or ID supplied: ""');
  if (!/^(|host|container:.+)$/.test(PidMode)) throw invalid(`invalid PID mode: ${PidMode}`);
  if (!['', 'host'].includes(UTSMode)) throw invalid(`invalid UTS mode: ${UTSMode}`);
  if (!['', 'private', 'host'].includes(CgroupnsMode))
    throw invalid(`invalid cgroup namespace mode: ${CgroupnsMode}`);
}

/** What only other machines than Linux, other drivers or other file systems have. */
function checkDrivers({ Isolation, DeviceRequests = [], StorageOpt = {} }: HostConfig): void {
  if (Isolation && Isolation.toLowerCase() !== 'default')
    throw invalid(`Invalid isolation: "${Isolation}" - linux only supports 'default'`);
  const [request] = DeviceRequests;
  if (request !== undefined) {
    const capabilities = request.Capabilities.map((all) => `[${all.join(' ')}]`).join(' ');
    throw invalid(`could not select device driver "${request.Driver}" with capabilities: [${capabilities}]`);
  }
  const [option] = Object.keys(StorageOpt);
  if (option === 'size')
    throw invalid("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  if (option !== undefined) throw invalid(`Unknown option ${option}`);
}

const PREDEFINED = /^(|default|bridge|host|none|container:.*)$/;

function checkEndpoints(host: HostConfig, endpoints: Readonly<Record<string, EndpointSettings>>): void {
  const names = Object.keys(endpoints);
  if (names.length > 1)
    throw invalid(`Container cannot be connected to network endpoints: ${names.join(', ')}`);
  const isPredefined = PREDEFINED.test(host.NetworkMode ?? '');
  for (const endpoint of Object.values(endpoints)) checkEndpoint(endpoint, isPredefined);
}

/** moby runconfig/hostconfig_unix.go validateNetMode. */
function checkConflicts(given: ContainerConfig, host: HostConfig): string[] {
  const mode = host.NetworkMode ?? '';
  const isPublishing = Object.keys(host.PortBindings ?? {}).length > 0 || host.PublishAllPorts === true;
  if (mode === 'container:')
    throw invalid('Invalid network mode: invalid container format container:<name|id>');
  const conflict = (what: string) => invalid(`conflicting options: ${what}`);
  if (host.UTSMode === 'host' && given.Hostname) throw conflict('hostname and the UTS mode');
  if (host.UTSMode === 'host' && given.Domainname) throw conflict('domainname and the UTS mode');
  if (mode === 'host') {
    if (given.MacAddress) throw conflict('mac-address and the network mode');
    return isPublishing ? ['Published ports are discarded when using host network mode'] : [];
  }
  if (!mode.startsWith('container:')) return [];
  if (given.Hostname) throw conflict('hostname and the network mode');
  if (host.Dns?.length) throw conflict('dns and the network mode');
  if (host.ExtraHosts?.length) throw conflict('custom host-to-IP mapping and the network mode');
  if (given.MacAddress) throw conflict('mac-address and the network mode');
  if (isPublishing) throw conflict('port publishing and the container type network mode');
  if (Object.keys(given.ExposedPorts ?? {}).length > 0)
    throw conflict('port exposing and the container type network mode');
  return [];
}
