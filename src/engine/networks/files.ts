/** Writes hosts, hostname and resolv.conf of a container, in Docker's form. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname as hostName } from 'node:os';
import { endpointLinks } from '../containers/endpoint-links.ts';
import { linkTargets } from '../containers/links.ts';
import { containerDir, hostnameFile, hostsFile, resolvConfFile } from '../containers/paths.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { hostsFileContent } from './hosts-file.ts';
import { findNetwork } from './records.ts';
import { hasOnlyStubResolver, resolvConfContent } from './resolv-conf.ts';
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
  const named = namingServers(ctx, setup);
  const asked = {
    servers: named.length > 0 ? named : (HostConfig.Dns ?? []),
    search: HostConfig.DnsSearch ?? [],
    options:
      HostConfig.DnsOptions?.length || named.length === 0 ? (HostConfig.DnsOptions ?? []) : ['ndots:0'],
  };
  mkdirSync(containerDir(ctx, owner), { recursive: true, mode: 0o700 });
  writeFileSync(files.hosts, hosts, { mode: 0o644 });
  writeFileSync(files.hostname, `${hostname}\n`, { mode: 0o644 });
  writeFileSync(files.resolvConf, resolvConfContent(hostResolvConf(), asked, isHost), { mode: 0o644 });
  return files;
}

/** Of links on the default bridge: alias, host name and name. */
const defaultLinks = (ctx: Context, record: ContainerRecord) =>
  linkTargets(ctx, record).map(
    ({ address, alias, hostname: own, name }) =>
      [address, [alias, own, ...(name === alias ? [] : [name])].join(' ')] as const,
  );

/** Where networks that users made answer names; servers of --dns are asked from there. */
function namingServers(ctx: Context, setup: NetworkSetup): string[] {
  return Object.keys(setup.networks).flatMap((name) => {
    const { hasDns, gateway } = findNetwork(ctx, name);
    return hasDns && gateway !== undefined ? [gateway] : [];
  });
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
