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

interface NetavarkEndpoint {
  network: NetworkRecord;
  address: string;
  mac: string;
  aliases: string[];
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

/** Interfaces are named eth0, eth1 … in the order of `endpoints`. */
export function netavarkInput(
  container: { id: string; name: string; dns: readonly string[] },
  endpoints: readonly NetavarkEndpoint[],
  ports: readonly PublishedBinding[],
): NetavarkInput {
  const input: NetavarkInput = {
    container_id: container.id,
    container_name: container.name,
    ...(container.dns.length > 0 && { dns_servers: [...container.dns] }),
    networks: {},
    network_info: {},
    port_mappings: ports.map(({ containerPort, hostPort, hostIp, protocol }) => ({
      container_port: containerPort,
      host_port: hostPort,
      host_ip: hostIp === '0.0.0.0' ? '' : hostIp,
      protocol,
      range: 1,
    })),
  };
  endpoints.forEach(({ network, address, mac, aliases }, index) => {
    input.networks[netavarkName(network)] = {
      interface_name: `eth${index}`,
      static_ips: [address],
      static_mac: mac,
      aliases,
    };
    input.network_info[netavarkName(network)] = networkInfo(network);
  });
  return input;
}

function networkInfo(network: NetworkRecord): NetavarkNetwork {
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
    options: { ...netavarkOptions(network.Options), ...(network.isPredefined ? {} : { isolate: 'true' }) },
  };
}
