/** The NetworkSettings object of inspect, and the networks `ps` names. Pure. */
import { sortedMap } from '../../sorted-map.ts';
import type { EndpointSettings } from '../../types/config.ts';
import type { ContainerRecord } from '../../types/containers.ts';

/** Docker's fields and order; the addresses at the top are those of the default bridge, as ever. */
export function inspectNetworks(record: ContainerRecord): Record<string, unknown> {
  const { Ports, SandboxKey } = record.NetworkSettings;
  const networks = endpointsOf(record);
  const bridge = inspectEndpoint(networks['bridge'] ?? {});
  return {
    Bridge: '',
    SandboxID: SandboxKey === '' ? '' : record.Id,
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: sortedMap(Ports),
    SandboxKey,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge.EndpointID,
    Gateway: bridge.Gateway,
    GlobalIPv6Address: bridge.GlobalIPv6Address,
    GlobalIPv6PrefixLen: bridge.GlobalIPv6PrefixLen,
    IPAddress: bridge.IPAddress,
    IPPrefixLen: bridge.IPPrefixLen,
    IPv6Gateway: bridge.IPv6Gateway,
    MacAddress: bridge.MacAddress,
    Networks: sortedMap(
      Object.fromEntries(Object.entries(networks).map(([name, end]) => [name, inspectEndpoint(end)])),
    ),
  };
}

/**
 * The networks a container is on, or will be on at its first start. What it had while it ran is no address of its any more:
 * of an ended one only the network itself is told, as Docker does.
 */
export function endpointsOf(record: ContainerRecord): Record<string, EndpointSettings> {
  const { Networks } = record.NetworkSettings;
  const { State } = record;
  if (Object.keys(Networks).length === 0) {
    const mode = record.HostConfig.NetworkMode || 'default';
    const isNone = mode.startsWith('container:') || record.Config.NetworkDisabled === true;
    return isNone ? {} : { [mode === 'default' ? 'bridge' : mode]: {} };
  }
  if (State.Running || State.Paused) return Networks;
  return Object.fromEntries(Object.entries(Networks).map(([name, end]) => [name, withoutAddress(end)]));
}

function withoutAddress({ IPAMConfig, Links, Aliases, NetworkID, DriverOpts }: EndpointSettings) {
  return {
    ...(IPAMConfig && { IPAMConfig }),
    ...(Links && { Links }),
    ...(Aliases && { Aliases }),
    ...(NetworkID !== undefined && { NetworkID }),
    ...(DriverOpts && { DriverOpts }),
  };
}

function inspectEndpoint(endpoint: EndpointSettings) {
  return {
    IPAMConfig: endpoint.IPAMConfig ?? null,
    Links: endpoint.Links ?? null,
    Aliases: endpoint.Aliases ?? null,
    NetworkID: endpoint.NetworkID ?? '',
    EndpointID: endpoint.EndpointID ?? '',
    Gateway: endpoint.Gateway ?? '',
    IPAddress: endpoint.IPAddress ?? '',
    IPPrefixLen: endpoint.IPPrefixLen ?? 0,
    IPv6Gateway: endpoint.IPv6Gateway ?? '',
    GlobalIPv6Address: endpoint.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: endpoint.GlobalIPv6PrefixLen ?? 0,
    MacAddress: endpoint.MacAddress ?? '',
    DriverOpts: endpoint.DriverOpts ?? null,
  };
}
