/** Writes hosts, hostname and resolv.conf of a container, in Docker's form. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname as hostName } from 'node:os';
import { endpointLinks } from '../containers/endpoint-links.ts';
import { linkTargets } from '../containers/links.ts';
import { containerDir, hostnameFile, hostsFile, resolvConfFile } from '../containers/paths.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { hostNames, hostsFileContent } from './hosts-file.ts';
import { findNetwork } from './records.ts';
import { hasOnlyStubResolver, resolvConfContent } from './resolv-conf.ts';
import { rewriteHosts } from './rewrite-hosts.ts';
import type { NetworkSetup } from './setup.ts';

/** Absolute paths on the host, to be bound over /etc/NAME. */
interface NetworkFiles {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

/** Called at every start: addresses change. With `container:ID` the other container's files are shared. Throws INVALID_ARGUMENT (--add-host). */
export async function writeNetworkFiles(
  ctx: Context,
  record: ContainerRecord,
  setup: NetworkSetup,
): Promise<NetworkFiles> {
  const owner = setup.sharedWith ?? record.Id;
  const files = {
    hosts: hostsFile(ctx, owner),
    hostname: hostnameFile(ctx, owner),
    resolvConf: resolvConfFile(ctx, owner),
  };
  if (setup.sharedWith !== undefined) return files;
  const { Config, HostConfig } = record;
  const isHost = setup.netnsPath === undefined && !setup.createNew;
  const hostname = isHost && !Config.Hostname ? hostName() : (Config.Hostname ?? '');
  const gateway = findNetwork(ctx, 'bridge').gateway;
  const hosts = hostsFileContent({
    ...(isHost && { base: readOrEmpty('/etc/hosts') }),
    extraHosts: HostConfig.ExtraHosts ?? [],
    ...(gateway !== undefined && { hostGateway: gateway }),
    links: [...defaultLinks(ctx, record), ...endpointLinks(ctx, setup.networks)],
    addresses: Object.values(setup.networks).flatMap(({ IPAddress }) => (IPAddress ? [IPAddress] : [])),
    hostname,
    domainname: Config.Domainname ?? '',
  });
  mkdirSync(containerDir(ctx, owner), { recursive: true, mode: 0o700 });
  writeFileSync(files.hosts, hosts);
  writeFileSync(files.hostname, `${hostname}\n`);
  writeFileSync(files.resolvConf, resolvConf(ctx, record, setup.networks, isHost));
  // all users of the container read them, whatever the umask is here
  for (const file of Object.values(files)) chmodSync(file, 0o644);
  return files;
}

/** Of links on the default bridge: alias, host name and name. */
const defaultLinks = (ctx: Context, record: ContainerRecord) =>
  linkTargets(ctx, record).map(
    ({ address, alias, hostname: own, name }) =>
      [address, [alias, own, ...(name === alias ? [] : [name])].join(' ')] as const,
  );

function resolvConf(
  ctx: Context,
  { HostConfig }: ContainerRecord,
  networks: NetworkSetup['networks'],
  isHost: boolean,
): string {
  const named = namingServers(ctx, networks);
  const asked = {
    servers: named.length > 0 ? named : (HostConfig.Dns ?? []),
    search: HostConfig.DnsSearch ?? [],
    options:
      HostConfig.DnsOptions?.length || named.length === 0 ? (HostConfig.DnsOptions ?? []) : ['ndots:0'],
  };
  return resolvConfContent(hostResolvConf(), asked, isHost);
}

/** Where networks that users made answer names; servers of --dns are asked from there. */
function namingServers(ctx: Context, networks: NetworkSetup['networks']): string[] {
  return Object.keys(networks).flatMap((name) => {
    const { hasDns, gateway } = findNetwork(ctx, name);
    return hasDns && gateway !== undefined ? [gateway] : [];
  });
}

/**
 * After a running container was connected to a network or taken from one (`gone`: its address there). The container sees these very
 * files, and may have written to hosts.
 */
export function refreshFiles(
  ctx: Context,
  record: ContainerRecord,
  { gone }: { gone?: string | undefined },
): void {
  const { Id, Config, NetworkSettings } = record;
  const names = hostNames(Config.Hostname ?? '', Config.Domainname ?? '');
  const addresses = Object.values(NetworkSettings.Networks).flatMap(({ IPAddress }) => IPAddress || []);
  // in one transaction, as links are: neither loses the other's lines
  ctx.state.write(() =>
    rewriteHosts(hostsFile(ctx, Id), (text) => withAddresses(text, names, { gone, addresses })),
  );
  writeFileSync(resolvConfFile(ctx, Id), resolvConf(ctx, record, NetworkSettings.Networks, false));
}

/** The container's own lines, behind all others. */
function withAddresses(
  text: string,
  names: string,
  { gone, addresses }: { gone: string | undefined; addresses: readonly string[] },
): string {
  const lines = text.split('\n').filter((line) => gone === undefined || line !== `${gone}\t${names}`);
  const missing = addresses.map((address) => `${address}\t${names}`).filter((line) => !lines.includes(line));
  if (missing.length > 0) lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, ...missing);
  return lines.join('\n');
}

function hostResolvConf(): string {
  const text = readOrEmpty('/etc/resolv.conf');
  return hasOnlyStubResolver(text) ? readOrEmpty('/run/systemd/resolve/resolv.conf') : text;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
