/** Which subnet a network gets and which address a container gets. Pure. */
import { EngineError } from '../errors.ts';
import {
  contains,
  formatIpv4,
  formatSubnet,
  overlaps,
  parseIpv4,
  parseSubnet,
  type Subnet,
  subnetSize,
} from './ipv4.ts';

/** Docker's default address pools (libnetwork ipamutils): 172.17–172.31 as /16, then 192.168 in /20 blocks. */
export const DEFAULT_POOLS: readonly string[] = [
  ...Array.from({ length: 15 }, (_, i) => `172.${17 + i}.0.0/16`),
  ...Array.from({ length: 16 }, (_, i) => `192.168.${16 * i}.0/20`),
];

/**
 * The first pool from `start` on (wrapping) that overlaps none of `used` (CIDRs of host routes and other networks).
 * Throws RESOURCE_EXHAUSTED in Docker's words.
 */
export function choosePool(used: readonly string[], start = 0): string {
  const taken = used.map(parseSubnet);
  for (let i = 0; i < DEFAULT_POOLS.length; i += 1) {
    const pool = DEFAULT_POOLS[(start + i) % DEFAULT_POOLS.length]!;
    if (!taken.some((subnet) => overlaps(subnet, parseSubnet(pool)))) return pool;
  }
  throw new EngineError(
    'RESOURCE_EXHAUSTED',
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    { hint: 'remove networks that are not used' },
  );
}

/** The gateway Docker gives when none is asked for: the subnet's first address. */
export function firstAddress(subnet: string): string {
  return formatIpv4(parseSubnet(subnet).base + 1);
}

interface AddressRequest {
  subnet: string;
  gateway: string;
  /** addresses come from here when given (`--ip-range`) */
  range?: string;
  /** leased addresses */
  taken: ReadonlySet<string>;
  /** `--ip` */
  wanted?: string;
}

/** The lowest free address, or the wanted one. Throws INVALID_ARGUMENT, CONFLICT or RESOURCE_EXHAUSTED in libnetwork's words. */
export function allocateAddress({ subnet, gateway, range, taken, wanted }: AddressRequest): string {
  const whole = parseSubnet(subnet);
  if (wanted !== undefined && wanted !== '') return claim(whole, gateway, taken, wanted);
  const pool = range === undefined ? whole : parseSubnet(range);
  const end = pool.base + subnetSize(pool);
  for (let address = pool.base; address < end; address += 1) {
    if (isReserved(whole, address)) continue;
    const text = formatIpv4(address);
    if (text !== gateway && !taken.has(text)) return text;
  }
  throw new EngineError(
    'RESOURCE_EXHAUSTED',
    `no available IPv4 addresses on this network's address pools: ${formatSubnet(pool)}`,
    {
      hint: 'stop containers of this network, or use another one',
    },
  );
}

function claim(subnet: Subnet, gateway: string, taken: ReadonlySet<string>, wanted: string): string {
  const address = parseIpv4(wanted);
  if (address === undefined) throw new EngineError('INVALID_ARGUMENT', `invalid IPv4 address: ${wanted}`);
  if (!contains(subnet, address) || isReserved(subnet, address)) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `Invalid address ${wanted}: It does not belong to any of this network's subnets`,
      {
        hint: `choose one of ${formatSubnet(subnet)}`,
      },
    );
  }
  if (wanted === gateway || taken.has(wanted))
    throw new EngineError('CONFLICT', 'Address already in use', {
      hint: `${wanted} belongs to another container`,
    });
  return wanted;
}

/** Network and broadcast address. */
function isReserved(subnet: Subnet, address: number): boolean {
  return subnet.prefix < 31 && (address === subnet.base || address === subnet.base + subnetSize(subnet) - 1);
}

/** Docker's MAC of an IPv4 endpoint: 02:42 and the address (libnetwork netutils.GenerateMACFromIP). */
export function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '42', ...bytes].join(':');
}
