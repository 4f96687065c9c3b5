/** Checks of namespaces, logging and networking options: what boxtop can't do is refused by its name, never ignored. Pure. */
import { EngineError } from '../errors.ts';
import type { ContainerConfig, EndpointSettings, HostConfig } from '../types/config.ts';

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
  checkLogging(host);
  checkEndpoints(host, endpoints);
  return checkConflicts(given, host);
}

const RESTART_POLICIES = ['no', 'always', 'unless-stopped', 'on-failure'];

function refuseUnimplemented(host: HostConfig): void {
  const policy = host.RestartPolicy?.Name;
  if (policy && !RESTART_POLICIES.includes(policy)) throw invalid(`invalid restart policy '${policy}'`);
  if (policy && policy !== 'no') throw unimplemented(`restart policy ${policy}`, 'leave --restart away');
  if (host.UsernsMode && host.UsernsMode !== 'host')
    throw unimplemented(`user namespace mode ${host.UsernsMode}`);
  if (host.Links?.length)
    throw unimplemented('--link', 'name the other container by its address with --add-host');
}

/** Docker's modes (api/types/container hostconfig.go). */
function checkNamespaces({ IpcMode = '', PidMode = '', UTSMode = '', CgroupnsMode = '' }: HostConfig): void {
  // a shared /dev/shm would have to be a mount of the host's own
  if (IpcMode === 'shareable' || IpcMode.startsWith('container:')) throw unimplemented(`--ipc ${IpcMode}`);
  if (!['', 'private', 'host', 'none'].includes(IpcMode)) throw invalid(`invalid IPC mode: ${IpcMode}`);
  if (!/^(|host|container:.+)$/.test(PidMode)) throw invalid(`invalid PID mode: ${PidMode}`);
  if (!['', 'host'].includes(UTSMode)) throw invalid(`invalid UTS mode: ${UTSMode}`);
  if (!['', 'private', 'host'].includes(CgroupnsMode))
    throw invalid(`invalid cgroup namespace mode: ${CgroupnsMode}`);
}

const FOREIGN_LOGGERS = ['awslogs', 'fluentd', 'gcplogs', 'gelf', 'journald', 'local', 'splunk', 'syslog'];

/** The monitor's log file stands for Docker's json-file; nothing is kept with `none`. */
function checkLogging({
  LogConfig: { Type = '', Config = {} } = { Type: '', Config: {} },
}: HostConfig): void {
  if (FOREIGN_LOGGERS.includes(Type))
    throw unimplemented(`logging driver ${Type}`, 'use json-file (the default) or none');
  if (!['', 'json-file', 'none'].includes(Type))
    throw invalid(`logger: no log driver named '${Type}' is registered`);
  const [option] = Object.keys(Config);
  if (option !== undefined) throw unimplemented(`log option ${option}`, 'leave --log-opt away');
}

const PREDEFINED = /^(|default|bridge|host|none|container:.*)$/;

function checkEndpoints(host: HostConfig, endpoints: Readonly<Record<string, EndpointSettings>>): void {
  const names = Object.keys(endpoints);
  if (names.length > 1)
    throw invalid(`Container cannot be connected to network endpoints: ${names.join(', ')}`);
  for (const endpoint of Object.values(endpoints)) {
    if (endpoint.Links?.length) throw unimplemented('--link');
    if (Object.keys(endpoint.DriverOpts ?? {}).length > 0)
      throw unimplemented('a driver option of a network endpoint');
    if (endpoint.IPAMConfig?.IPv6Address) throw unimplemented('--ip6');
    if (!PREDEFINED.test(host.NetworkMode ?? '')) continue;
    if (endpoint.IPAMConfig?.IPv4Address)
      throw invalid('user specified IP address is supported on user defined networks only');
    if (endpoint.Aliases?.length)
      throw invalid('network-scoped alias is supported only for containers in user defined networks');
  }
}

/** moby runconfig/hostconfig_unix.go validateNetMode. */
function checkConflicts(given: ContainerConfig, host: HostConfig): string[] {
  const mode = host.NetworkMode ?? '';
  const isPublishing = Object.keys(host.PortBindings ?? {}).length > 0 || host.PublishAllPorts === true;
  const conflict = (what: string) => invalid(`conflicting options: ${what}`);
  if (host.UTSMode === 'host' && given.Hostname) throw conflict('hostname and the UTS mode');
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
