/** The document netavark reads (verified with 1.4; newer ones ignore nothing of it). Pure. */
import { netavarkOptions } from './bridge-options.ts';
import type { NetworkRecord } from './records.ts';

interface PortMapping {
  container_port: number;
  host_port: number;
  /** '' = every address */
  host_ip: string;
  protocol: string;
  range: number;
}

interface NetavarkNetwork {
  name: string;
  id: string;
  driver: string;
  network_interface: string | undefined;
  subnets: { subnet: string | undefined; gateway: string | undefined }[];
  ipv6_enabled: boolean;
  internal: boolean;
  dns_enabled: boolean;
  ipam_options: { driver: 'host-local' };
  options: Record<string, string>;
}

export interface NetavarkInput {
  container_id: string;
  container_name: string;
  networks: Record<
    string,
    { interface_name: string; static_ips: string[]; static_mac?: string; aliases?: string[] }
  >;
  network_info: Record<string, NetavarkNetwork>;
  port_mappings: PortMapping[];
  /** whom the network's name server asks for this container (`--dns`) */
  dns_servers?: string[];
}

/** One network a container is in. */
export interface NetavarkEndpoint {
  network: NetworkRecord;
  address: string;
  mac: string;
  aliases: string[];
  /** inside the container */
  interfaceName: string;
  /** of its default route; the lowest one's is taken */
  metric: number;
  /** kept apart from the other networks that are */
  isIsolated: boolean;
}

/** A port of the container published on the host. */
export interface PublishedBinding {
  containerPort: number;
  protocol: string;
  /** '0.0.0.0' = every address */
  hostIp: string;
  hostPort: number;
}

/**
 * netavark names its chains by a hash of the network's name alone: two stores that both have a network 'bridge' would share them
 * and take each other's rules away. The interface's name is unique on the machine.
 */
export const netavarkName = (network: NetworkRecord): string => network.interfaceName!;

/** For one network: of several, each is set up and taken down by itself, and the first has the ports. */
export function netavarkInput(
  container: { id: string; name: string; dns: readonly string[] },
  endpoint: NetavarkEndpoint,
  ports: readonly PublishedBinding[],
): NetavarkInput {
  const { network, address, mac, aliases, interfaceName } = endpoint;
  const name = netavarkName(network);
  return {
    container_id: container.id,
    container_name: container.name,
    ...(container.dns.length > 0 && { dns_servers: [...container.dns] }),
    networks: {
      [name]: { interface_name: interfaceName, static_ips: [address], static_mac: mac, aliases },
    },
    network_info: { [name]: networkInfo(endpoint) },
    port_mappings: ports.map(({ containerPort, hostPort, hostIp, protocol }) => ({
      container_port: containerPort,
      host_port: hostPort,
      host_ip: hostIp === '0.0.0.0' ? '' : hostIp,
      protocol,
      range: 1,
    })),
  };
}

function networkInfo({ network, metric, isIsolated }: NetavarkEndpoint): NetavarkNetwork {
  return {
    name: netavarkName(network),
    id: network.Id,
    driver: network.Driver,
    network_interface: network.interfaceName,
    subnets: [{ subnet: network.subnet, gateway: network.gateway }],
    ipv6_enabled: false,
    internal: network.Internal,
    dns_enabled: network.hasDns,
    ipam_options: { driver: 'host-local' },
    options: {
      ...netavarkOptions(network.Options),
      ...(isIsolated && { isolate: 'true' }),
      metric: String(metric),
    },
  };
}
