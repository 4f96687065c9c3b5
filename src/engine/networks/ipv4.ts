/** IPv4 addresses and subnets as numbers. Pure. */
import { EngineError } from '../errors.ts';

export interface Subnet {
  /** network address as an unsigned 32-bit number */
  base: number;
  prefix: number;
}

/** The address as an unsigned 32-bit number; undefined when it is none (exactly four decimal parts, no leading zeros). */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** '172.17.0.0/16'. Throws INVALID_ARGUMENT in Go's words (net.ParseCIDR). */
export function parseSubnet(text: string): Subnet {
  const [address = '', bits = '', ...rest] = text.split('/');
  const base = parseIpv4(address);
  if (base === undefined || rest.length > 0 || !/^[0-9]{1,2}$/.test(bits) || Number(bits) > 32) {
    throw new EngineError('INVALID_ARGUMENT', `invalid CIDR address: ${text}`, {
      hint: 'write it like 172.28.0.0/16',
    });
  }
  const prefix = Number(bits);
  return { base: maskTo(base, prefix), prefix };
}

export function formatSubnet({ base, prefix }: Subnet): string {
  return `${formatIpv4(base)}/${prefix}`;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const prefix = Math.min(a.prefix, b.prefix);
  return maskTo(a.base, prefix) === maskTo(b.base, prefix);
}

export function contains(subnet: Subnet, address: number): boolean {
  return maskTo(address, subnet.prefix) === subnet.base;
}

export function subnetSize({ prefix }: Subnet): number {
  return 2 ** (32 - prefix);
}

function maskTo(address: number, prefix: number): number {
  const size = 2 ** (32 - prefix);
  return Math.floor(address / size) * size;
}
