/** Which host ports a container publishes: from its bindings to fixed numbers. Probing is handed in. */
import { EngineError } from '../errors.ts';
import type { ContainerConfig, HostConfig, PortBinding } from '../types/config.ts';
import { parseIpv4 } from './ipv4.ts';
import type { PublishedBinding } from './netavark-input.ts';
import type { HostPort } from './records.ts';

/** Docker's own range for `-p 80` (libnetwork portallocator). */
const ANY_PORT = { first: 49_153, last: 65_535 };
/** `-P`: the range this project promises. */
const PUBLISH_ALL = { first: 49_000, last: 49_900 };

/** What a container asks for; `first` to `last` is where its host port may lie. */
export interface PortRequest {
  containerPort: number;
  protocol: string;
  hostIp: string;
  first: number;
  last: number;
}

/** What is asked for by `-p` and, with `-P`, for every other exposed port; lowest container port first. Throws INVALID_ARGUMENT. */
export function portRequests(config: ContainerConfig, hostConfig: HostConfig): PortRequest[] {
  const bindings = hostConfig.PortBindings ?? {};
  const keys = new Set(Object.keys(bindings));
  if (hostConfig.PublishAllPorts) for (const key of Object.keys(config.ExposedPorts ?? {})) keys.add(key);
  return [...keys]
    .map((key) => ({ key, ...splitPort(key) }))
    .sort((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol))
    .flatMap(({ key, port, protocol }) => {
      const asked = bindings[key] ?? [];
      const wanted = asked.length > 0 ? asked : [{ HostIp: '', HostPort: '' }];
      const any = hostConfig.PublishAllPorts && asked.length === 0 ? PUBLISH_ALL : ANY_PORT;
      return wanted.map((binding) => ({
        containerPort: port,
        protocol,
        hostIp: hostAddress(binding),
        ...hostRange(binding, any),
      }));
    });
}

/** Ports are forwarded by the kernel, and containers have IPv4 addresses alone: nothing listens that could pass IPv6 on to them. */
function hostAddress({ HostIp }: PortBinding): string {
  if (HostIp === '' || parseIpv4(HostIp) !== undefined) return HostIp || '0.0.0.0';
  if (!HostIp.includes(':'))
    throw new EngineError('INVALID_ARGUMENT', `invalid IP address: ${HostIp}`, {
      hint: 'use an IPv4 address',
    });
  const instead =
    HostIp === '::' ? 'leave it out for all IPv4 addresses' : 'use an IPv4 address, e.g. 127.0.0.1';
  throw new EngineError(
    'UNIMPLEMENTED',
    `publish on ${HostIp}: containers have no IPv6, only IPv4 addresses can be published on`,
    { hint: instead },
  );
}

/** '80/tcp' → port and protocol. */
function splitPort(key: string): { port: number; protocol: string } {
  const [text = '', protocol = 'tcp'] = key.split('/');
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port < 1 || port > 65_535 || !/^(tcp|udp|sctp)$/.test(protocol)) {
    throw new EngineError('INVALID_ARGUMENT', `invalid port specification: "${key}"`, {
      hint: 'write it like 80/tcp',
    });
  }
  return { port, protocol };
}

function hostRange(
  { HostPort: text }: PortBinding,
  any: { first: number; last: number },
): { first: number; last: number } {
  if (text === '' || text === '0') return any;
  const [first, last] = text.split('-').map(Number) as [number, number | undefined];
  const range = { first, last: last ?? first };
  if (
    !/^[0-9]+(-[0-9]+)?$/.test(text) ||
    range.first < 1 ||
    range.last > 65_535 ||
    range.last < range.first
  ) {
    throw new EngineError('INVALID_ARGUMENT', `invalid port specification: "${text}"`, {
      hint: 'a host port is 1 to 65535, or a range like 8000-8010',
    });
  }
  return range;
}

/** True when two listeners could not have these ports at once. */
export function clashes(a: HostPort, b: HostPort): boolean {
  const isSameIp = a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
  return a.port === b.port && a.protocol === b.protocol && isSameIp;
}

/** Why a port can't be had; undefined = it can. */
type PortProblem = (port: HostPort) => string | undefined;

/**
 * Gives every request a port that neither `taken` (ports of other containers) nor `problem` (the machine) refuses.
 * Throws CONFLICT with libnetwork's words, without the driver's prefix.
 */
export function assignPorts(
  requests: readonly PortRequest[],
  taken: readonly HostPort[],
  problem: PortProblem,
): PublishedBinding[] {
  const held = [...taken];
  // fixed ports first, so that a chosen one never takes what another request names
  const order = requests
    .map((_, index) => index)
    .sort((a, b) => width(requests[a]!) - width(requests[b]!) || a - b);
  const assigned: PublishedBinding[] = [];
  for (const index of order) {
    const request = requests[index]!;
    const port = firstFree(request, held, problem);
    held.push({ ip: request.hostIp, port, protocol: request.protocol });
    assigned[index] = {
      containerPort: request.containerPort,
      protocol: request.protocol,
      hostIp: request.hostIp,
      hostPort: port,
    };
  }
  return assigned;
}

const width = ({ first, last }: PortRequest): number => last - first;

function firstFree(request: PortRequest, held: readonly HostPort[], problem: PortProblem): number {
  let why = 'port is already allocated';
  for (let port = request.first; port <= request.last; port += 1) {
    const candidate = { ip: request.hostIp, port, protocol: request.protocol };
    if (held.some((other) => clashes(other, candidate))) continue;
    const found = problem(candidate);
    if (found === undefined) return port;
    why = found;
  }
  if (request.last > request.first)
    throw new EngineError('CONFLICT', 'all ports are allocated', {
      hint: 'stop containers that publish ports of this range',
    });
  throw new EngineError('CONFLICT', `Bind for ${request.hostIp}:${request.first} failed: ${why}`, {
    hint: 'choose another host port; see who has it with: boxtop ps, ss -lntup',
  });
}

/** Docker's NetworkSettings.Ports: exposed but unpublished ports are null. */
export function portSettings(
  config: ContainerConfig,
  ports: readonly PublishedBinding[],
): Record<string, PortBinding[] | null> {
  const settings: Record<string, PortBinding[] | null> = {};
  for (const key of Object.keys(config.ExposedPorts ?? {})) settings[key] = null;
  for (const { containerPort, protocol, hostIp, hostPort } of ports) {
    const key = `${containerPort}/${protocol}`;
    settings[key] = [...(settings[key] ?? []), { HostIp: hostIp, HostPort: String(hostPort) }];
  }
  return settings;
}
