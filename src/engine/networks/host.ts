/** What the host's kernel says about its own network: routes, listeners, forwarding, the boot. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import { formatIpv4 } from './ipv4.ts';
import type { HostPort } from './records.ts';

/** TCP_LISTEN in /proc/net/tcp (include/net/tcp_states.h). */
const LISTEN = '0A';
const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';

export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** From /proc, which follows the network namespace we are in; /sys shows the one it was mounted in. */
export const hasInterface = (name: string): boolean =>
  readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .some((line) => line.trimStart().startsWith(`${name}:`));

/** Subnets the host routes, without default routes and those through `except`. /proc/net/route has hexadecimal little-endian addresses. */
export function hostSubnets(except?: string): string[] {
  const lines = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [name = '', destination = '', , , , , , mask = ''] = line.split('\t');
    const prefix = fromLittleEndian(mask).toString(2).replace(/0/g, '').length;
    return prefix === 0 || name === except ? [] : [`${formatIpv4(fromLittleEndian(destination))}/${prefix}`];
  });
}

function fromLittleEndian(hex: string): number {
  return Buffer.from(hex, 'hex').reverse().readUInt32BE(0);
}

/** Ports the machine's programs listen on, from /proc/net/{tcp,udp}[6]: cheaper than binding each, and nothing is opened. '0.0.0.0' = all addresses. */
export function listeners(): HostPort[] {
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) => {
    const file = `/proc/net/${table}`;
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((line) => listenerOf(line, table));
  });
}

function listenerOf(line: string, table: string): HostPort[] {
  const [, local = '', , state] = line.trim().split(/\s+/);
  const [address = '', port = ''] = local.split(':');
  if (table.startsWith('tcp') && state !== LISTEN) return [];
  const ip = table.endsWith('6') ? mappedIpv4(address) : formatIpv4(fromLittleEndian(address));
  if (ip === undefined) return [];
  return [{ ip, port: Number.parseInt(port, 16), protocol: table.slice(0, 3) }];
}

/** An IPv6 listener that also takes IPv4: on :: (dual stack) or on a mapped address. */
function mappedIpv4(hex: string): string | undefined {
  if (/^0+$/.test(hex)) return '0.0.0.0';
  return hex.startsWith('0000000000000000FFFF0000') ? formatIpv4(fromLittleEndian(hex.slice(24))) : undefined;
}

/** Throws INVALID_ARGUMENT when no interface of this machine (`local`: their addresses) has the address, as a listening program would say. */
export function checkHostAddress({ ip, port, protocol }: HostPort, local: ReadonlySet<string>): void {
  if (ip === '0.0.0.0' || ip.startsWith('127.') || local.has(ip)) return;
  const message = `listen ${protocol}4 ${ip}:${port}: bind: cannot assign requested address`;
  throw new EngineError('INVALID_ARGUMENT', message, { hint: 'use an address of this machine' });
}

/** Switches IPv4 forwarding on; false when it was on. Throws PERMISSION_DENIED when it may not be switched. */
export function enableForwarding(): boolean {
  if (readFileSync(IP_FORWARD, 'utf8').trim() === '1') return false;
  try {
    writeFileSync(IP_FORWARD, '1');
  } catch (cause) {
    throw new EngineError('PERMISSION_DENIED', 'IPv4 forwarding is disabled and could not be switched on', {
      cause,
      hint: 'run: sysctl -w net.ipv4.ip_forward=1',
    });
  }
  return true;
}

/** Router advertisements on a bridge would let a container reroute the host (CVE-2020-13401). */
export function refuseRouterAdvertisements(name: string): void {
  const file = `/proc/sys/net/ipv6/conf/${name}/accept_ra`;
  if (existsSync(file)) writeFileSync(file, '0');
}
