/** Reserves what a container needs of a bridge network: subnet, address, host ports. All in the database, before anything is set up. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { EndpointSettings } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { bootId, checkHostAddress, hasInterface, hostSubnets } from './host.ts';
import { allocateAddress, choosePool, firstAddress, macOf } from './ipam.ts';
import { overlaps, parseSubnet } from './ipv4.ts';
import { type NetavarkInput, netavarkInput, type PublishedBinding } from './netavark-input.ts';
import { assignPorts, clashes, type PortRequest } from './ports.ts';
import {
  allNetworks,
  firstPool,
  type HostPort,
  type NetworkRecord,
  networkDocuments,
  newId,
  type SandboxRecord,
  sandboxDocuments,
} from './records.ts';

export interface ReserveRequest {
  network: NetworkRecord;
  requests: readonly PortRequest[];
  netnsPath: string;
  /** host ports that programs listen on or other engines forward */
  busy: readonly HostPort[];
  /** the machine's addresses */
  local: ReadonlySet<string>;
}

export interface Reservation {
  sandbox: SandboxRecord;
  input: NetavarkInput;
  settings: EndpointSettings;
  ports: PublishedBinding[];
}

/**
 * A bridge that is down and whose automatic subnet the host meanwhile routes elsewhere (another engine, a VPN) gets another one.
 * Called under the network lock.
 */
export function prepareBridge(ctx: Context, network: NetworkRecord): NetworkRecord {
  const { interfaceName, subnet } = network;
  if (!network.isSubnetAutomatic || subnet === undefined || hasInterface(interfaceName!)) return network;
  const routed = hostSubnets(interfaceName);
  if (!routed.some((other) => overlaps(parseSubnet(other), parseSubnet(subnet)))) return network;
  return ctx.state.write(() => {
    const others = allNetworks(ctx).flatMap((other) =>
      other.Id === network.Id || other.subnet === undefined ? [] : [other.subnet],
    );
    const chosen = choosePool([...routed, ...others], firstPool(ctx));
    const moved = { ...network, subnet: chosen, gateway: firstAddress(chosen) };
    networkDocuments(ctx).put(moved.Id, moved);
    return moved;
  });
}

/** Throws CONFLICT (port or address taken), RESOURCE_EXHAUSTED, INVALID_ARGUMENT. */
export function reserve(ctx: Context, record: ContainerRecord, request: ReserveRequest): Reservation {
  const { network, netnsPath } = request;
  const endpointId = newId();
  return ctx.state.write(() => {
    // what an earlier boot left holds nothing any more
    const boot = bootId();
    const sandboxes = sandboxDocuments(ctx)
      .all()
      .filter((other) => other.containerId !== record.Id && other.bootId === boot);
    const settings = endpointSettings(record, network, sandboxes, endpointId);
    const ports = reservePorts(record, request, sandboxes, endpointId);
    const address = settings.IPAddress!;
    const mac = settings.MacAddress!;
    const input = netavarkInput(
      { id: record.Id, name: record.Name, dns: record.HostConfig.Dns ?? [] },
      [{ network, address, mac, aliases: settings.Aliases ?? [] }],
      ports,
    );
    const sandbox: SandboxRecord = {
      containerId: record.Id,
      bootId: boot,
      netnsPath,
      input,
      endpoints: [
        { networkId: network.Id, name: record.Name, endpointId, address, prefix: settings.IPPrefixLen!, mac },
      ],
      ports: ports.map(({ hostIp, hostPort, protocol }) => ({ ip: hostIp, port: hostPort, protocol })),
    };
    sandboxDocuments(ctx).put(record.Id, sandbox);
    return { sandbox, input, settings, ports };
  });
}

function endpointSettings(
  record: ContainerRecord,
  network: NetworkRecord,
  sandboxes: readonly SandboxRecord[],
  endpointId: string,
): EndpointSettings {
  const asked = record.NetworkSettings.Networks[network.Name] ?? {};
  if (asked.IPAMConfig?.IPv4Address && network.isSubnetAutomatic)
    throw new EngineError(
      'INVALID_ARGUMENT',
      'user specified IP address is supported only when connecting to networks with user configured subnets',
      { hint: `give the network one: boxtop network create --subnet … ${network.Name}` },
    );
  const taken = sandboxes.flatMap(({ endpoints }) =>
    endpoints.flatMap(({ networkId, address }) =>
      networkId === network.Id && address !== undefined ? [address] : [],
    ),
  );
  const address = allocateAddress({
    subnet: network.subnet!,
    gateway: network.gateway!,
    taken: new Set(taken),
    wanted: asked.IPAMConfig?.IPv4Address ?? '',
    ...(network.ipRange !== undefined && { range: network.ipRange }),
  });
  return {
    ...(asked.IPAMConfig && { IPAMConfig: asked.IPAMConfig }),
    ...(asked.Links && { Links: asked.Links }),
    ...aliasesOf(asked, record, network),
    NetworkID: network.Id,
    EndpointID: endpointId,
    Gateway: network.gateway!,
    IPAddress: address,
    IPPrefixLen: parseSubnet(network.subnet!).prefix,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: record.Config.MacAddress || macOf(address),
    DriverOpts: null,
  };
}

/** Docker: on networks with names the short id is one, beside those given. */
function aliasesOf(
  { Aliases = [] }: EndpointSettings,
  { Id }: ContainerRecord,
  { hasDns }: NetworkRecord,
): Pick<EndpointSettings, 'Aliases'> {
  const names = [...new Set([...Aliases, ...(hasDns ? [Id.slice(0, 12)] : [])])];
  return names.length === 0 ? {} : { Aliases: names };
}

/** Docker's words for a port that can't be had. */
function reservePorts(
  record: ContainerRecord,
  { requests, busy, local }: ReserveRequest,
  sandboxes: readonly SandboxRecord[],
  endpointId: string,
): PublishedBinding[] {
  if (requests.length === 0) return [];
  try {
    for (const { hostIp, first, protocol } of requests)
      checkHostAddress({ ip: hostIp, port: first, protocol }, local);
    return assignPorts(
      requests,
      sandboxes.flatMap(({ ports }) => ports),
      (port) => (busy.some((other) => clashes(other, port)) ? 'port is already allocated' : undefined),
    );
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(
      error.code,
      `driver failed programming external connectivity on endpoint ${record.Name} (${endpointId}): ${error.message}`,
      {
        ...(error.hint !== undefined && { hint: error.hint }),
      },
    );
  }
}
