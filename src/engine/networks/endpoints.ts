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
  findNetwork,
  firstPool,
  type HostPort,
  hasOwnBridge,
  inputsOf,
  type NetworkRecord,
  networkDocuments,
  newId,
  type SandboxRecord,
  sandboxDocuments,
} from './records.ts';

export interface ReserveRequest {
  /** the first has the ports */
  networks: readonly NetworkRecord[];
  requests: readonly PortRequest[];
  netnsPath: string;
  /** host ports that programs listen on or other engines forward */
  busy: readonly HostPort[];
  /** the machine's addresses */
  local: ReadonlySet<string>;
}

export interface Reservation {
  sandbox: SandboxRecord;
  /** by the network's name */
  settings: Record<string, EndpointSettings>;
  ports: PublishedBinding[];
}

/**
 * A bridge that is down and whose automatic subnet the host meanwhile routes elsewhere (another engine, a VPN) gets another one.
 * Called under the network lock. Throws NOT_FOUND when it was removed meanwhile, CONFLICT.
 */
export function prepareBridge(ctx: Context, network: NetworkRecord): NetworkRecord {
  findNetwork(ctx, network.Id);
  refuseForeign(ctx, network);
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

/** An interface with the name that a user chose, though no container is on the network: it would be removed with the last one. */
function refuseForeign(ctx: Context, network: NetworkRecord): void {
  const { Id, Name, interfaceName } = network;
  if (hasOwnBridge(network) || !hasInterface(interfaceName!)) return;
  const isUsed = otherSandboxes(ctx, '').some(({ endpoints }) =>
    endpoints.some(({ networkId }) => networkId === Id),
  );
  if (isUsed) return;
  throw new EngineError('CONFLICT', `network ${Name}: the interface ${interfaceName} is there already`, {
    hint: `another program made it: remove it, or make the network with another name`,
  });
}

/** The default route through the first network; the others' come after it. */
const FIRST_METRIC = 100;

/** Throws CONFLICT (port or address taken), RESOURCE_EXHAUSTED, INVALID_ARGUMENT. */
export function reserve(ctx: Context, record: ContainerRecord, request: ReserveRequest): Reservation {
  return ctx.state.write(() => {
    const sandboxes = otherSandboxes(ctx, record.Id);
    const settings = request.networks.map((network, index) => {
      const Config = index === 0 ? record.Config : { ...record.Config, MacAddress: '' };
      return endpointSettings({ ...record, Config }, network, sandboxes);
    });
    const ports = reservePorts(record, request, sandboxes, settings[0]!.EndpointID!);
    const [input, ...more] = request.networks.map((network, index) =>
      inputOf(ctx, record, { network, settings: settings[index]!, index }, index === 0 ? ports : []),
    );
    const sandbox: SandboxRecord = {
      containerId: record.Id,
      bootId: bootId(),
      netnsPath: request.netnsPath,
      input: input!,
      ...(more.length > 0 && { more }),
      endpoints: request.networks.map((network, index) => endpointOf(record, network, settings[index]!)),
      ports: ports.map(({ hostIp, hostPort, protocol }) => ({ ip: hostIp, port: hostPort, protocol })),
    };
    sandboxDocuments(ctx).put(record.Id, sandbox);
    const named = request.networks.map(({ Name }, index) => [Name, settings[index]!] as const);
    return { sandbox, settings: Object.fromEntries(named), ports };
  });
}

/** What an earlier boot left holds nothing any more. */
const otherSandboxes = (ctx: Context, id: string): SandboxRecord[] => {
  const boot = bootId();
  return sandboxDocuments(ctx)
    .all()
    .filter((other) => other.containerId !== id && other.bootId === boot);
};

/** Takes an address on one more network for a running container, and notes it in its sandbox. Throws as `reserve`. */
export function reserveMore(ctx: Context, record: ContainerRecord, network: NetworkRecord): EndpointSettings {
  return ctx.state.write(() => {
    const sandbox = sandboxDocuments(ctx).get(record.Id)!;
    const Config = { ...record.Config, MacAddress: '' };
    const settings = endpointSettings({ ...record, Config }, network, otherSandboxes(ctx, record.Id));
    const inputs = inputsOf(sandbox);
    const input = inputOf(ctx, record, { network, settings, index: freeInterface(inputs) }, []);
    const [first, ...more] = [...inputs, input];
    const endpoints = [...sandbox.endpoints, endpointOf(record, network, settings)];
    sandboxDocuments(ctx).put(record.Id, { ...sandbox, input: first!, more, endpoints });
    return settings;
  });
}

/** The lowest number without an ethN. */
function freeInterface(inputs: readonly NetavarkInput[]): number {
  const names = inputs.flatMap(({ networks }) =>
    Object.values(networks).map(({ interface_name }) => interface_name),
  );
  let index = 0;
  while (names.includes(`eth${index}`)) index += 1;
  return index;
}

function inputOf(
  ctx: Context,
  record: ContainerRecord,
  { network, settings, index }: { network: NetworkRecord; settings: EndpointSettings; index: number },
  ports: readonly PublishedBinding[],
): NetavarkInput {
  const { Id, Name, HostConfig } = record;
  const endpoint = {
    network,
    address: settings.IPAddress!,
    mac: settings.MacAddress!,
    aliases: settings.Aliases ?? [],
    interfaceName: `eth${index}`,
    metric: FIRST_METRIC + index,
    // as Docker: who is on the default bridge does not reach the networks that users made. Without one it saves four rules
    isIsolated: allNetworks(ctx).some(({ isPredefined }) => !isPredefined),
  };
  return netavarkInput({ id: Id, name: Name, dns: HostConfig.Dns ?? [] }, endpoint, ports);
}

function endpointOf(
  { Name }: ContainerRecord,
  { Id }: NetworkRecord,
  settings: EndpointSettings,
): SandboxRecord['endpoints'][number] {
  return {
    networkId: Id,
    name: Name,
    endpointId: settings.EndpointID!,
    address: settings.IPAddress!,
    prefix: settings.IPPrefixLen!,
    mac: settings.MacAddress!,
  };
}

/** Throws INVALID_ARGUMENT: a subnet that was chosen by us may be another one tomorrow. */
export function checkAddressChoice({ IPAMConfig }: EndpointSettings, network: NetworkRecord): void {
  if (!IPAMConfig?.IPv4Address || !network.isSubnetAutomatic) return;
  throw new EngineError(
    'INVALID_ARGUMENT',
    'user specified IP address is supported only when connecting to networks with user configured subnets',
    { hint: `give the network one: boxtop network create --subnet … ${network.Name}` },
  );
}

function endpointSettings(
  record: ContainerRecord,
  network: NetworkRecord,
  sandboxes: readonly SandboxRecord[],
): EndpointSettings {
  const asked = record.NetworkSettings.Networks[network.Name] ?? {};
  checkAddressChoice(asked, network);
  const taken = sandboxes.flatMap(({ endpoints }) =>
    endpoints.flatMap(({ networkId, address }) =>
      networkId === network.Id && address !== undefined ? [address] : [],
    ),
  );
  taken.push(...Object.values(network.auxiliary ?? {}));
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
    EndpointID: newId(),
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
