/** Network records and sandboxes (what a container holds of the network) in the database. */
import { resolvePaths } from '../config.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { sha256Hex } from '../oci/sha256.ts';
import { randomHex } from '../random.ts';
import { openDocuments } from '../state/documents.ts';
import type { NetworkInfo } from '../types/networks.ts';
import { choosePool, DEFAULT_POOLS, firstAddress } from './ipam.ts';
import type { NetavarkInput } from './netavark-input.ts';

/** A network of the store (kind 'network', by id). Driver host and null have neither interface nor subnet. */
export interface NetworkRecord {
  Id: string;
  Name: string;
  /** RFC 3339 */
  Created: string;
  Driver: NetworkInfo['Driver'];
  isPredefined: boolean;
  /** bridge on the host, at most 15 characters (IFNAMSIZ) */
  interfaceName?: string;
  subnet?: string;
  gateway?: string;
  /** the subnet was given without one; Docker's inspect leaves it out then */
  isGatewayChosen?: boolean;
  ipRange?: string;
  /** addresses that no container gets, by what has them */
  auxiliary?: Record<string, string>;
  /** the subnet was chosen by us and may be chosen again while nothing uses it */
  isSubnetAutomatic: boolean;
  /** containers find each other by name; never on the default bridge, as in Docker */
  hasDns: boolean;
  Internal: boolean;
  Attachable: boolean;
  Options: Record<string, string>;
  Labels: Record<string, string>;
}

export interface HostPort {
  ip: string;
  port: number;
  protocol: string;
}

/** Of a network that a user made without naming one. */
export const ownBridgeName = (id: string): string => `bxt${id.slice(0, 12)}`;

/** Whether its bridge has a name of ours. One that a user chose may be of an interface that somebody else made meanwhile. */
export const hasOwnBridge = ({ Id, isPredefined, interfaceName }: NetworkRecord): boolean =>
  interfaceName !== undefined && (isPredefined || interfaceName === ownBridgeName(Id));

/** All a running container holds of the network (kind 'sandbox', by container id): leases, ports, what teardown needs. Written before anything is set up. */
export interface SandboxRecord {
  containerId: string;
  /** the boot in which it was set up: after a reboot only leases are left */
  bootId: string;
  netnsPath?: string;
  /** of the first network, which has the ports */
  input?: NetavarkInput;
  /** of the others */
  more?: NetavarkInput[];
  endpoints: {
    networkId: string;
    name: string;
    endpointId: string;
    address?: string;
    prefix?: number;
    mac?: string;
  }[];
  ports: HostPort[];
}

/** What teardown needs of every network it is in, the first one first. */
export const inputsOf = ({ input, more = [] }: SandboxRecord): NetavarkInput[] =>
  input === undefined ? [] : [input, ...more];

export const networkDocuments = (ctx: Context) => openDocuments<NetworkRecord>(ctx.state, 'network');
export const sandboxDocuments = (ctx: Context) => openDocuments<SandboxRecord>(ctx.state, 'sandbox');

export const newId = (): string => randomHex(32);

/** Held around every change of host interfaces and rules: netavark itself has no lock. */
export const NETWORK_LOCK = 'network';

/** All networks; the predefined ones (bridge, host, none) are made at the first use of a store. */
export function allNetworks(ctx: Context): NetworkRecord[] {
  const documents = networkDocuments(ctx);
  const found = documents.all();
  if (found.some((network) => network.isPredefined)) return found;
  return ctx.state.write(() => {
    const present = documents.all();
    if (present.some((network) => network.isPredefined)) return present;
    for (const network of predefined(ctx, present)) documents.put(network.Id, network);
    return documents.all();
  });
}

/** By full id, name, then unique id prefix. Throws NOT_FOUND, or INVALID_ARGUMENT when ambiguous, in Docker's words. */
export function findNetwork(ctx: Context, nameOrId: string): NetworkRecord {
  const networks = allNetworks(ctx);
  const exact = networks.find(({ Id }) => Id === nameOrId) ?? networks.find(({ Name }) => Name === nameOrId);
  if (exact !== undefined) return exact;
  const [first, ...others] = nameOrId === '' ? [] : networks.filter(({ Id }) => Id.startsWith(nameOrId));
  if (first === undefined) {
    throw new EngineError('NOT_FOUND', `network ${nameOrId} not found`, {
      hint: 'list them with: boxtop network ls',
    });
  }
  if (others.length > 0) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `network ${nameOrId} is ambiguous (${others.length + 1} matches found based on ID prefix)`,
    );
  }
  return first;
}

function predefined(ctx: Context, present: readonly NetworkRecord[]): NetworkRecord[] {
  const base = {
    Created: new Date().toISOString(),
    isPredefined: true,
    isSubnetAutomatic: true,
    hasDns: false,
    Internal: false,
    Attachable: false,
    Options: {},
    Labels: {},
  };
  const used = present.flatMap(({ subnet }) => (subnet === undefined ? [] : [subnet]));
  const subnet = choosePool(used, firstPool(ctx));
  return [
    {
      ...base,
      Id: newId(),
      Name: 'bridge',
      Driver: 'bridge',
      interfaceName: bridgeName(ctx),
      Options: defaultBridgeOptions(bridgeName(ctx)),
      subnet,
      gateway: firstAddress(subnet),
    },
    { ...base, Id: newId(), Name: 'host', Driver: 'host' },
    { ...base, Id: newId(), Name: 'none', Driver: 'null' },
  ];
}

/** As Docker shows them for its default bridge. */
function defaultBridgeOptions(name: string): Record<string, string> {
  const bridge = 'com.docker.network.bridge';
  return {
    [`${bridge}.default_bridge`]: 'true',
    [`${bridge}.enable_icc`]: 'true',
    [`${bridge}.enable_ip_masquerade`]: 'true',
    [`${bridge}.host_binding_ipv4`]: '0.0.0.0',
    [`${bridge}.name`]: name,
    'com.docker.network.driver.mtu': '1500',
  };
}

const isDefaultRoot = (ctx: Context): boolean => ctx.paths.root === resolvePaths({}, {}).root;

const rootDigest = (ctx: Context): Buffer => Buffer.from(sha256Hex(ctx.paths.root), 'hex');

/** 'boxtop0'; stores elsewhere get a name of their own, so that several stores never share a bridge. */
function bridgeName(ctx: Context): string {
  return isDefaultRoot(ctx) ? 'boxtop0' : `bxt${rootDigest(ctx).toString('hex').slice(0, 10)}`;
}

/** Where a store begins to look for a subnet; stores elsewhere are spread, so that two that begin at once seldom meet. */
export function firstPool(ctx: Context): number {
  return isDefaultRoot(ctx) ? 0 : rootDigest(ctx).readUInt32BE(0) % DEFAULT_POOLS.length;
}
