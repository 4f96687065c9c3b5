/** The ports of EXPOSE: `[ip:][hostPort:]port[/protocol]` with ranges; what is said of the host is judged and forgotten, as Docker does. Pure. */
import { isIP } from 'node:net';

/** A port that can't be read; the caller adds the instruction and its lines. */
export class PortError extends Error {}

/** '80/tcp' of each port that is named. Throws PortError with Docker's words. */
export function readPorts(spec: string): string[] {
  const parts = spec.split(':');
  const [container, host = '', ...address] = parts.reverse();
  const [ports = '', protocol] = container!.split('/');
  checkAddress(address.reverse().join(':'));
  if (ports === '') throw new PortError(`No port specified: ${spec}<empty>`);
  const inside = readRange(ports, 'containerPort');
  if (host !== '') {
    const outside = readRange(host, 'hostPort');
    // a range on the host alone is one to choose from
    if (inside.end !== inside.start && inside.end - inside.start !== outside.end - outside.start)
      throw new PortError(`Invalid ranges specified for container and host Ports: ${ports} and ${host}`);
  }
  const name = (protocol || 'tcp').toLowerCase();
  if (!/^(tcp|udp|sctp)$/.test(name)) throw new PortError(`Invalid proto: ${protocol}`);
  return Array.from(
    { length: inside.end - inside.start + 1 },
    (_, index) => `${inside.start + index}/${name}`,
  );
}

function checkAddress(address: string): void {
  const bare = /^\[(.*)\]$/.exec(address)?.[1] ?? address;
  if (bare !== '' && isIP(bare) === 0) throw new PortError(`Invalid ip address: ${bare}`);
}

const LAST_PORT = 65_535;

function readRange(text: string, what: string): { start: number; end: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const start = Number(match?.[1]);
  const end = Number(match?.[2] ?? match?.[1]);
  if (match === null || start > end || end > LAST_PORT) throw new PortError(`Invalid ${what}: ${text}`);
  return { start, end };
}
