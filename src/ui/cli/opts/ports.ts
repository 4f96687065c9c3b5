/** -p/--publish and --expose (docker/go-connections nat; cases in test/data/port-specs.json). Pure. */
import type { PortBinding } from '../../../engine/index.ts';
import { ipVersion } from './ip.ts';

const MAX_PORT = 65_535;
const PROTOCOLS = new Set(['tcp', 'udp', 'sctp']);

/** One port of a container, '80/tcp', and where it is published. */
export interface PortMapping extends PortBinding {
  port: string;
}

/** A number 0 to 65535. Throws 'value is empty', 'invalid syntax', 'value out of range (0–65535)'. */
export function parsePortNumber(text: string): number {
  if (text === '') throw new Error('value is empty');
  if (!/^[+-]?\d+$/.test(text)) throw new Error('invalid syntax');
  const port = Number(text);
  if (port < 0 || port > MAX_PORT) throw new Error(`value out of range (0–${MAX_PORT})`);
  return port;
}

/** 'first[-last]'. Throws what is wrong and with which end. */
export function parsePortRange(text: string): [number, number] {
  if (text === '') throw new Error('empty string specified for ports');
  const dash = text.indexOf('-');
  const start = end('start', dash < 0 ? text : text.slice(0, dash));
  const last = dash < 0 ? start : end('end', text.slice(dash + 1));
  if (last < start) throw new Error(`invalid port range: ${text}`);
  return [start, last];
}

function end(which: string, text: string): number {
  try {
    return parsePortNumber(text);
  } catch (error) {
    throw new Error(`invalid ${which} port '${text}': ${(error as Error).message}`);
  }
}

/** '[ip:][hostPort[-end]]:port[-end][/proto]' → one mapping per port of the container. HostPort '' = any free one. */
export function parsePortSpec(spec: string): PortMapping[] {
  const parts = spec.split(':');
  const [, containerPart = '', proto = ''] = /^([^/]*)\/?(.*)$/s.exec(parts.pop()!)!;
  const hostPart = parts.pop() ?? '';
  if (containerPart === '') throw new Error(`no port specified: ${spec}<empty>`);
  const protocol = (proto || 'tcp').toLowerCase();
  if (!PROTOCOLS.has(protocol)) throw new Error(`invalid proto: ${protocol}`);
  const HostIp = hostAddress(parts.join(':'));
  const [start, last] = range(containerPart, 'containerPort');
  const host = hostPart === '' ? undefined : range(hostPart, 'hostPort');
  if (host !== undefined && last !== start && host[1] - host[0] !== last - start) {
    throw new Error(
      `invalid ranges specified for container and host Ports: ${containerPart} and ${hostPart}`,
    );
  }
  return Array.from({ length: last - start + 1 }, (_, i) => ({
    port: `${start + i}/${protocol}`,
    HostIp,
    HostPort: hostPortAt(host, i, start === last),
  }));
}

/** Without the brackets of an IPv6 address. */
function hostAddress(ip: string): string {
  if (ip.startsWith('[') && !ip.endsWith(']'))
    throw new Error(`invalid IP address ${ip}: address ${ip}:: missing ']' in address`);
  const bare = ip.startsWith('[') ? ip.slice(1, -1) : ip;
  if (bare !== '' && ipVersion(bare) === 0) throw new Error(`invalid IP address: ${bare}`);
  return bare;
}

function hostPortAt(host: [number, number] | undefined, offset: number, isSingle: boolean): string {
  if (host === undefined) return '';
  // one port of the container and a range of the host: one free of the range
  return isSingle && host[0] !== host[1] ? `${host[0]}-${host[1]}` : String(host[0] + offset);
}

function range(text: string, what: string): [number, number] {
  try {
    return parsePortRange(text);
  } catch {
    throw new Error(`invalid ${what}: ${text}`);
  }
}

/** 'target=80,published=8080,protocol=udp' → '8080:80/udp'; keys that -p has no use for count for nothing, as in docker/cli. */
export function shortPortForm(spec: string): string {
  if (!spec.includes('=')) return spec;
  const given = new Map([['protocol', 'tcp']]);
  for (const field of spec.split(',')) {
    const equals = field.indexOf('=');
    if (equals < 1) throw new Error(`invalid publish opts format (should be name=value but got '${field}')`);
    given.set(field.slice(0, equals), field.slice(equals + 1));
  }
  return `${given.get('published') ?? ''}:${given.get('target') ?? ''}/${given.get('protocol')}`;
}

/** All values of -p: '80/tcp' → bindings. The keys are also exposed ports. */
export function parsePortSpecs(specs: readonly string[]): Record<string, PortBinding[]> {
  const ports: Record<string, PortBinding[]> = {};
  for (const { port, HostIp, HostPort } of specs.flatMap(parsePortSpec)) {
    ports[port] ??= [];
    ports[port].push({ HostIp, HostPort });
  }
  return ports;
}

/** --expose 'port[-end][/proto]' → ports. Throws as Docker words it. */
export function parseExpose(spec: string): string[] {
  const [ports = '', proto = ''] = spec.split('/', 2);
  if (spec.includes(':')) throw new Error(`invalid port format for --expose: ${spec}`);
  try {
    const [start, last] = parsePortRange(ports);
    return Array.from({ length: last - start + 1 }, (_, i) => `${start + i}/${proto.toLowerCase() || 'tcp'}`);
  } catch (error) {
    throw new Error(`invalid range format for --expose: ${spec}, error: ${(error as Error).message}`);
  }
}
