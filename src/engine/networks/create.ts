/** Verbs network create and rm. */
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import { recordEvent } from '../state/events.ts';
import { withLock } from '../state/locks.ts';
import type { NetworkCreate, NetworkInfo } from '../types/networks.ts';
import { checkBridgeOptions } from './bridge-options.ts';
import { bootId, hasInterface, hostSubnets } from './host.ts';
import { choosePool, firstAddress } from './ipam.ts';
import { contains, formatSubnet, overlaps, parseIpv4, parseSubnet, type Subnet } from './ipv4.ts';
import {
  allNetworks,
  findNetwork,
  firstPool,
  hasOwnBridge,
  NETWORK_LOCK,
  type NetworkRecord,
  networkDocuments,
  newId,
  ownBridgeName,
  sandboxDocuments,
} from './records.ts';
import { removeBridge } from './teardown.ts';

const PREDEFINED = /^(default|bridge|host|none|container:.*)$/;
/** As container names: it is shown, completed and given on command lines. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
/** With a longer prefix no address is left for the gateway. */
const LONGEST_PREFIX = 30;

const invalid = (message: string, hint?: string) => new EngineError('INVALID_ARGUMENT', message, { hint });
const forbidden = (message: string, hint?: string) => new EngineError('PERMISSION_DENIED', message, { hint });
const unimplemented = (what: string, hint?: string) =>
  new EngineError('UNIMPLEMENTED', `${what} is not implemented yet`, { hint });

/**
 * Docker's POST /networks/create. Nothing of the machine changes before a container joins it. Throws ALREADY_EXISTS, INVALID_ARGUMENT,
 * PERMISSION_DENIED and NOT_FOUND in Docker's words, UNIMPLEMENTED for drivers and options that are not there.
 */
export async function create(ctx: Context, body: NetworkCreate): Promise<{ Id: string; Warning: string }> {
  const { Name } = body;
  if (PREDEFINED.test(Name)) throw forbidden(`operation is not permitted on predefined ${Name} network`);
  if (!NAME.test(Name))
    throw invalid(`invalid network name (${Name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  checkDriver(body.Driver || 'bridge');
  if (body.EnableIPv6) throw unimplemented('--ipv6', 'containers have IPv4 addresses alone');
  const options = checkBridgeOptions(body.Options ?? {});
  const asked = askedSubnet(body.IPAM);
  const Id = newId();
  return ctx.state.write(() => {
    const others = allNetworks(ctx);
    if (others.some((other) => other.Name === Name))
      throw new EngineError('ALREADY_EXISTS', `network with name ${Name} already exists`);
    const interfaceName = options.name ?? ownBridgeName(Id);
    if (others.some((other) => other.interfaceName === interfaceName))
      throw new EngineError('CONFLICT', `the interface ${interfaceName} belongs to another network`);
    if (hasInterface(interfaceName))
      throw new EngineError('CONFLICT', `the interface ${interfaceName} is there already`, {
        hint: 'a network makes and removes its own: choose another name',
      });
    const record: NetworkRecord = {
      Id,
      Name,
      Created: new Date().toISOString(),
      Driver: 'bridge',
      isPredefined: false,
      interfaceName,
      ...freeSubnet(ctx, others, asked),
      hasDns: true,
      Internal: body.Internal === true,
      Attachable: body.Attachable === true,
      Options: body.Options ?? {},
      Labels: body.Labels ?? {},
    };
    networkDocuments(ctx).put(Id, record);
    tell(ctx, record, 'create');
    return { Id, Warning: '' };
  });
}

function checkDriver(driver: string): void {
  if (driver === 'bridge') return;
  if (driver === 'host' || driver === 'null')
    throw forbidden(`only one instance of "${driver}" network is allowed`);
  if (['macvlan', 'ipvlan', 'overlay'].includes(driver)) throw unimplemented(`the network driver ${driver}`);
  throw new EngineError('NOT_FOUND', `plugin "${driver}" not found`, { hint: 'the driver there is: bridge' });
}

interface AskedSubnet {
  subnet: Subnet;
  gateway: string | undefined;
  ipRange: string | undefined;
  auxiliary: Record<string, string>;
}

/** What is given of addresses; undefined: all of it is to be chosen. */
function askedSubnet({ Driver = '', Config = [] }: NetworkCreate['IPAM'] & {} = {}): AskedSubnet | undefined {
  if (Driver !== '' && Driver !== 'default') throw unimplemented(`the IPAM driver ${Driver}`);
  const [config, second] = Config;
  if (second !== undefined) throw invalid("bridge driver doesn't support multiple subnets");
  if (config === undefined) return undefined;
  const { Subnet = '', Gateway, IPRange, AuxiliaryAddresses = {} } = config;
  if (Subnet.includes(':')) throw unimplemented(`the IPv6 subnet ${Subnet}`);
  const subnet = parsed(Subnet);
  if (subnet.prefix > LONGEST_PREFIX)
    throw invalid('failed to allocate gateway (): No available addresses on this pool');
  const gateway = Gateway === undefined ? undefined : parseIpv4(Gateway);
  if (Gateway !== undefined && (gateway === undefined || !contains(subnet, gateway)))
    throw invalid(`no matching subnet for gateway ${Gateway}`);
  if (IPRange !== undefined && !isInside(subnet, IPRange))
    throw invalid(`no matching subnet for range ${IPRange}`);
  for (const address of Object.values(AuxiliaryAddresses)) {
    const value = parseIpv4(address);
    if (value === undefined || !contains(subnet, value))
      throw invalid(`no matching subnet for aux-address ${address}`);
  }
  return { subnet, gateway: Gateway, ipRange: IPRange, auxiliary: AuxiliaryAddresses };
}

function parsed(text: string): Subnet {
  try {
    return parseSubnet(text);
  } catch (error) {
    throw invalid(`Invalid subnet ${text} : ${messageOf(error)}`, 'write it like 172.28.0.0/16');
  }
}

function isInside(subnet: Subnet, range: string): boolean {
  try {
    const { base, prefix } = parseSubnet(range);
    return prefix >= subnet.prefix && contains(subnet, base);
  } catch {
    return false;
  }
}

type Addresses = Pick<
  NetworkRecord,
  'subnet' | 'gateway' | 'ipRange' | 'auxiliary' | 'isSubnetAutomatic' | 'isGatewayChosen'
>;

/** A given subnet must be free of other networks' and of what the machine routes; else the first free one of Docker's pools. */
function freeSubnet(
  ctx: Context,
  others: readonly NetworkRecord[],
  asked: AskedSubnet | undefined,
): Addresses {
  const used = [...hostSubnets(), ...others.flatMap(({ subnet }) => subnet ?? [])];
  if (asked === undefined) {
    const subnet = choosePool(used, firstPool(ctx));
    return { subnet, gateway: firstAddress(subnet), isSubnetAutomatic: true };
  }
  const taken = used.find((other) => overlaps(parseSubnet(other), asked.subnet));
  if (taken !== undefined)
    throw forbidden(
      'Pool overlaps with other one on this address space',
      `${taken} is in use on this machine`,
    );
  const subnet = formatSubnet(asked.subnet);
  return {
    subnet,
    gateway: asked.gateway ?? firstAddress(asked.ipRange ?? subnet),
    ...(asked.ipRange !== undefined && { ipRange: asked.ipRange }),
    ...(Object.keys(asked.auxiliary).length > 0 && { auxiliary: asked.auxiliary }),
    isSubnetAutomatic: false,
    ...(asked.gateway === undefined && { isGatewayChosen: true }),
  };
}

/** Docker's DELETE /networks/ID. Throws NOT_FOUND, PERMISSION_DENIED for a predefined one or while containers run on it. */
export async function remove(ctx: Context, nameOrId: string): Promise<void> {
  await withLock(ctx.state, NETWORK_LOCK, async () => {
    const network = findNetwork(ctx, nameOrId);
    const { Id, Name, interfaceName } = network;
    if (network.isPredefined) throw forbidden(`${Name} is a pre-defined network and cannot be removed`);
    ctx.state.write(() => {
      if (isJoined(ctx, Id))
        throw forbidden(
          `error while removing network: network ${Name} id ${Id} has active endpoints`,
          `see them with: boxtop network inspect ${Name}`,
        );
      removeRecord(ctx, network);
    });
    if (hasOwnBridge(network)) await removeBridge(interfaceName!); // it goes with its last container, unless that was lost
  });
}

function isJoined(ctx: Context, networkId: string): boolean {
  const boot = bootId();
  return sandboxDocuments(ctx)
    .all()
    .some((one) => one.bootId === boot && one.endpoints.some((endpoint) => endpoint.networkId === networkId));
}

/** In the transaction that has looked whether it is used. */
export function removeRecord(ctx: Context, network: NetworkRecord): void {
  networkDocuments(ctx).remove(network.Id);
  tell(ctx, network, 'destroy');
}

function tell(ctx: Context, { Id, Name, Driver }: NetworkRecord, Action: 'create' | 'destroy'): void {
  const type: NetworkInfo['Driver'] = Driver;
  recordEvent(ctx.state, { Type: 'network', Action, id: Id, attributes: { name: Name, type } });
}
