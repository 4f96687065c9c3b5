/** The environment variables of a link, as Docker's first links had them (moby daemon/links). Pure. */

/** A running container that another one links to. */
export interface LinkTarget {
  id: string;
  alias: string;
  name: string;
  hostname: string;
  /** on the default bridge */
  address: string;
  /** 'NAME=value' */
  env: readonly string[];
  /** exposed ones, '80/tcp' */
  ports: readonly string[];
}

interface Port {
  number: number;
  protocol: string;
}

/** Of the linked container: nothing that every container has anyhow. */
const OWN = new Set(['HOME', 'PATH']);

/** 'DB_PORT=tcp://…', 'DB_PORT_80_TCP=…', 'DB_NAME=/parent/db', 'DB_ENV_X=…'. Neighbouring ports are also told as a range. */
export function linkVariables(parentName: string, target: LinkTarget): string[] {
  const prefix = target.alias.toUpperCase().replaceAll('-', '_');
  const ports = target.ports.map(parsePort).sort(byNumber);
  const url = ({ number, protocol }: Port) => `${protocol}://${target.address}:${number}`;
  const [first] = ports;
  return [
    ...(first === undefined ? [] : [`${prefix}_PORT=${url(first)}`]),
    ...rangesOf(ports).flatMap(([start, end]) => {
      const name = nameOf(prefix, start);
      return [
        `${name}_START=${url(start)}`,
        `${name}_ADDR=${target.address}`,
        `${name}_PROTO=${start.protocol}`,
        `${name}_PORT_START=${start.number}`,
        `${name}_END=${url(end)}`,
        `${name}_PORT_END=${end.number}`,
      ];
    }),
    ...ports.flatMap((port) => {
      const name = nameOf(prefix, port);
      const values = [`ADDR=${target.address}`, `PORT=${port.number}`, `PROTO=${port.protocol}`];
      return [`${name}=${url(port)}`, ...values.map((value) => `${name}_${value}`)];
    }),
    `${prefix}_NAME=/${parentName}/${target.alias}`,
    ...target.env
      .filter((entry) => entry.includes('=') && !OWN.has(entry.split('=', 1)[0]!))
      .map((entry) => `${prefix}_ENV_${entry}`),
  ];
}

function parsePort(text: string): Port {
  const [number = '', protocol = 'tcp'] = text.split('/');
  return { number: Number(number), protocol };
}

/** Of one number, tcp comes first. */
const byNumber = (a: Port, b: Port): number =>
  a.number - b.number || Number(b.protocol === 'tcp') - Number(a.protocol === 'tcp');

const nameOf = (prefix: string, { number, protocol }: Port): string =>
  `${prefix}_PORT_${number}_${protocol.toUpperCase()}`;

/** Runs of three or more neighbours; Docker tells no shorter ones. Protocols are not told apart. */
function rangesOf(ports: readonly Port[]): [Port, Port][] {
  const ranges: [Port, Port][] = [];
  for (let start = 0; start < ports.length; ) {
    const last = lastNeighbour(ports, start);
    if (last > start + 1) ranges.push([ports[start]!, ports[last]!]);
    start = last > start + 1 ? last + 1 : start + 1;
  }
  return ranges;
}

/** How far the ports go up without a gap from `start`. */
function lastNeighbour(ports: readonly Port[], start: number): number {
  const end = ports.findIndex((port, i) => i > start && port.number > ports[start]!.number + i - start);
  return end === -1 ? ports.length - 1 : end - 1;
}
