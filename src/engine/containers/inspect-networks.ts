/** The NetworkSettings object of inspect. Pure. */
import type { EndpointSettings } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';

/** Docker's fields and order; the addresses at the top are those of the default bridge, as ever. */
export function inspectNetworks(record: ContainerRecord): Record<string, unknown> {
  const { Ports, Networks, SandboxKey } = record.NetworkSettings;
  const bridge = inspectEndpoint(Networks['bridge'] ?? {});
  return {
    Bridge: '',
    SandboxID: SandboxKey === '' ? '' : record.Id,
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports,
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
    Networks: Object.fromEntries(Object.entries(Networks).map(([name, end]) => [name, inspectEndpoint(end)])),
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
