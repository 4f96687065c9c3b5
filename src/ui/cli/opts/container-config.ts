/** From the flags of `run` and `create` to the body of POST /containers/create, as docker/cli fills it. Pure. */
import type { ContainerCreate, EndpointSettings, HostConfig } from '../../../engine/index.ts';
import type { FlagValues } from '../flags.ts';
import { healthcheck } from './health.ts';
import { hostConfig, links } from './host-config.ts';
import { keyValues, parseEnv, parseKeyValueFile } from './key-values.ts';
import { type NetworkAttachment, parseNetwork } from './network.ts';
import { parseExpose, parsePortSpecs, shortPortForm } from './ports.ts';

/** What the flags refer to, read by the caller. */
export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  /** absolute working directory */
  directory: string;
  /** texts of the files of --env-file and --label-file, in order */
  envFiles: readonly string[];
  labelFiles: readonly string[];
  /** --security-opt with its files read in */
  securityOptions: readonly string[];
}

export interface Attached {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}

/** `args` = image, command, its arguments. Throws in Docker's words. */
export function containerConfig(
  flags: FlagValues,
  args: readonly string[],
  around: Surroundings,
): ContainerCreate {
  const [Image = '', ...Cmd] = args;
  const attached = attachedStreams(flags);
  const ports = parsePortSpecs(flags.list('publish').map(shortPortForm));
  const volumes = splitVolumes(flags.list('volume'), around.directory);
  const isInteractive = flags.bool('interactive');
  const host: HostConfig = {
    ...hostConfig(flags, around),
    ...(volumes.binds.length > 0 && { Binds: volumes.binds }),
    ...(Object.keys(ports).length > 0 && { PortBindings: ports }),
  };
  const networks = networksOf(flags);
  return {
    Image,
    ...(Cmd.length > 0 && { Cmd }),
    ...processConfig(flags, around),
    Tty: flags.bool('tty'),
    OpenStdin: isInteractive,
    StdinOnce: isInteractive && attached.stdin,
    AttachStdin: attached.stdin,
    AttachStdout: attached.stdout,
    AttachStderr: attached.stderr,
    ...exposedPorts([...Object.keys(ports), ...flags.list('expose').flatMap(parseExpose)]),
    ...(volumes.anonymous.length > 0 && { Volumes: emptyValues(volumes.anonymous) }),
    HostConfig: { ...host, NetworkMode: networks[0]?.Target ?? 'default' },
    ...endpoints(networks),
  };
}

/** Without -a: stdout and stderr, and stdin with -i; with `-d` nothing. */
export function attachedStreams(flags: FlagValues): Attached {
  const given = flags.list('attach').map((stream) => stream.toLowerCase());
  const isDefault = given.length === 0;
  return {
    stdin: given.includes('stdin') || (isDefault && flags.bool('interactive')),
    stdout: isDefault || given.includes('stdout'),
    stderr: isDefault || given.includes('stderr'),
  };
}

function processConfig(flags: FlagValues, around: Surroundings): Partial<ContainerCreate> {
  const env = [
    ...around.envFiles.flatMap((file) => parseKeyValueFile(file, (name) => around.environment[name])),
    ...flags.list('env').map((value) => parseEnv(value, around.environment)),
  ];
  const labels = keyValues([
    ...around.labelFiles.flatMap((file) => parseKeyValueFile(file, () => undefined)),
    ...flags.list('label'),
  ]);
  const entrypoint = flags.string('entrypoint');
  return {
    ...(env.length > 0 && { Env: env }),
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
    ...(entrypoint !== undefined && { Entrypoint: [entrypoint] }),
    ...given('Hostname', flags.string('hostname')),
    ...given('Domainname', flags.string('domainname')),
    ...given('User', flags.string('user')),
    ...given('WorkingDir', flags.string('workdir')),
    ...given('StopSignal', flags.string('stop-signal')),
    ...given('StopTimeout', flags.int('stop-timeout')),
    ...healthcheck(flags),
    ...given('MacAddress', macAddress(flags.string('mac-address'))),
  };
}

/** {[key]: value}, or nothing when the value is absent. */
function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function macAddress(value: string | undefined): string | undefined {
  if (!value) return undefined;
  if (!/^([0-9a-f]{2}(?::|-)){5}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(value))
    throw new Error(`${value} is not a valid mac address`);
  // '92d0.c60a.2933' and '92-d0-…' in the one form all programs read
  return value
    .replaceAll(/[.:-]/g, '')
    .replaceAll(/..(?=.)/g, '$&:')
    .toLowerCase();
}

/** A value with a source is a bind or a named volume; a path alone is an anonymous volume. './x' becomes absolute. */
function splitVolumes(
  values: readonly string[],
  directory: string,
): { binds: string[]; anonymous: string[] } {
  const binds: string[] = [];
  const anonymous: string[] = [];
  for (const value of values) {
    if (value === '') throw new Error('invalid empty volume spec');
    const colon = value.indexOf(':');
    if (colon < 0) anonymous.push(value);
    else
      binds.push(
        value.startsWith('.') ? `${absolute(value.slice(0, colon), directory)}${value.slice(colon)}` : value,
      );
  }
  return { binds, anonymous };
}

function absolute(path: string, directory: string): string {
  const parts = directory.split('/').filter((part) => part !== '');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const emptyValues = (keys: readonly string[]): Record<string, Record<string, never>> =>
  Object.fromEntries(keys.map((key) => [key, {}]));

const exposedPorts = (ports: readonly string[]): Partial<ContainerCreate> =>
  ports.length === 0 ? {} : { ExposedPorts: emptyValues(ports) };

/** --network with the flags that speak of the first one: --network-alias, --ip, --link. */
function networksOf(flags: FlagValues): NetworkAttachment[] {
  const networks = [...flags.list('network'), ...flags.list('net')].map(parseNetwork);
  if (networks.some(({ Target }) => Target.trim() === '')) throw new Error('no name set for network');
  const aliases = [...flags.list('network-alias'), ...flags.list('net-alias')];
  const linkLocal = flags.list('link-local-ip');
  const linked = networks.length > 0 ? links(flags) : [];
  const first: NetworkAttachment = {
    ...(networks[0] ?? { Target: 'default' }),
    ...(linkLocal.length > 0 && { LinkLocalIPs: linkLocal }),
    ...(aliases.length > 0 && { Aliases: aliases }),
    ...given('IPv4Address', flags.string('ip')),
    ...given('IPv6Address', flags.string('ip6')),
    ...(linked.length > 0 && { Links: linked }),
  };
  const all = [first, ...networks.slice(1)];
  if (networks.length > 0) for (const network of all) checkUserMade(network);
  return all;
}

const BUILT_IN = /^(default|bridge|host|none|container:.*)$/;

/** docker/cli parseNetworkAttachmentOpt. */
function checkUserMade({ Target, Aliases, Links }: NetworkAttachment): void {
  if (!BUILT_IN.test(Target)) return;
  if (Aliases?.length) throw new Error('network-scoped aliases are only supported for user-defined networks');
  if (Links?.length) throw new Error('links are only supported for user-defined networks');
}

function endpoints(networks: readonly NetworkAttachment[]): Pick<ContainerCreate, 'NetworkingConfig'> {
  const config: Record<string, EndpointSettings> = {};
  for (const attachment of networks) {
    const { Target } = attachment;
    const endpoint = endpointSettings(attachment);
    // several are told to the engine even when nothing is said of them, which refuses what can't be joined
    const isTold = networks.length > 1 || !BUILT_IN.test(Target);
    if (isTold || Object.keys(endpoint).length > 0) config[Target] = endpoint;
  }
  return Object.keys(config).length === 0 ? {} : { NetworkingConfig: { EndpointsConfig: config } };
}

/** The API's object for what was said of one network. */
export function endpointSettings(attachment: NetworkAttachment): EndpointSettings {
  const { Aliases, IPv4Address, IPv6Address, MacAddress, DriverOpts, LinkLocalIPs, Links } = attachment;
  const ipam = {
    ...given('IPv4Address', IPv4Address),
    ...given('IPv6Address', IPv6Address),
    ...given('LinkLocalIPs', LinkLocalIPs),
  };
  return {
    ...(Object.keys(ipam).length > 0 && { IPAMConfig: ipam }),
    ...given('Links', Links),
    ...given('Aliases', Aliases),
    ...given('MacAddress', MacAddress),
    ...given('DriverOpts', DriverOpts),
  };
}
