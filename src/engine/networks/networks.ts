/** Lists and inspects networks, in the shapes of Docker's API. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { sortedMap } from '../sorted-map.ts';
import type { Filters } from '../types/images.ts';
import type { NetworkInfo } from '../types/networks.ts';
import { bootId } from './host.ts';
import { allNetworks, findNetwork, type NetworkRecord, sandboxDocuments } from './records.ts';

const FILTERS = ['name', 'id', 'driver', 'type', 'label', 'scope', 'dangling'];

/** Docker's order: by name. Throws INVALID_ARGUMENT for an unknown filter. */
export async function list(
  ctx: Context,
  { filters = {} }: { filters?: Filters } = {},
): Promise<NetworkInfo[]> {
  const unknown = Object.keys(filters).find((name) => !FILTERS.includes(name));
  if (unknown !== undefined) {
    throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${unknown}'`, {
      hint: `filters are: ${FILTERS.join(', ')}`,
    });
  }
  const matching = allNetworks(ctx).filter((network) => matches(ctx, network, filters));
  return matching.map((network) => toInfo(ctx, network)).sort((a, b) => a.Name.localeCompare(b.Name));
}

/** Throws NOT_FOUND 'network X not found', INVALID_ARGUMENT when ambiguous. */
export async function inspect(ctx: Context, nameOrId: string): Promise<NetworkInfo> {
  return toInfo(ctx, findNetwork(ctx, nameOrId));
}

function matches(ctx: Context, network: NetworkRecord, filters: Filters): boolean {
  const any = (name: string, test: (value: string) => boolean) =>
    filters[name] === undefined || filters[name].some(test);
  return (
    any('name', (value) => network.Name.includes(value)) &&
    any('id', (value) => network.Id.includes(value)) &&
    any('driver', (value) => network.Driver === value) &&
    any('scope', (value) => value === 'local') &&
    any('type', (value) => network.isPredefined === isBuiltin(value)) &&
    any('dangling', (value) => isDangling(ctx, network) === (value === 'true' || value === '1')) &&
    (filters['label'] ?? []).every((label) => hasLabel(network, label))
  );
}

function isBuiltin(type: string): boolean {
  if (type !== 'builtin' && type !== 'custom')
    throw new EngineError('INVALID_ARGUMENT', `Invalid filter: 'type'='${type}'`, {
      hint: 'type is builtin or custom',
    });
  return type === 'builtin';
}

/** Docker: made by a user and joined by no container. */
function isDangling(ctx: Context, network: NetworkRecord): boolean {
  return !network.isPredefined && Object.keys(liveContainers(ctx, network)).length === 0;
}

function hasLabel({ Labels }: NetworkRecord, label: string): boolean {
  const [key = '', ...value] = label.split('=');
  return Labels[key] !== undefined && (value.length === 0 || Labels[key] === value.join('='));
}

function toInfo(ctx: Context, network: NetworkRecord): NetworkInfo {
  const { Name, Id, Created, Driver, Internal, Attachable, Options, Labels, subnet, gateway, ipRange } =
    network;
  const config =
    subnet === undefined
      ? []
      : [
          {
            Subnet: subnet,
            ...(ipRange !== undefined && { IPRange: ipRange }),
            ...(gateway !== undefined && network.isGatewayChosen !== true && { Gateway: gateway }),
            ...(network.auxiliary !== undefined && { AuxiliaryAddresses: network.auxiliary }),
          },
        ];
  return {
    Name,
    Id,
    Created,
    Scope: 'local',
    Driver,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: network.isPredefined ? null : {}, Config: config },
    Internal,
    Attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: liveContainers(ctx, network),
    Options: sortedMap(Options),
    Labels: sortedMap(Labels),
  };
}

function liveContainers(ctx: Context, network: NetworkRecord): NetworkInfo['Containers'] {
  const containers: NetworkInfo['Containers'] = {};
  const boot = bootId();
  for (const { containerId, endpoints } of sandboxDocuments(ctx)
    .all()
    .filter((sandbox) => sandbox.bootId === boot)) {
    for (const { networkId, name, endpointId, address, prefix, mac } of endpoints) {
      if (networkId !== network.Id) continue;
      const IPv4Address = address === undefined ? '' : `${address}/${prefix}`;
      containers[containerId] = {
        Name: name,
        EndpointID: endpointId,
        MacAddress: mac ?? '',
        IPv4Address,
        IPv6Address: '',
      };
    }
  }
  return containers;
}
