/** boxtop port: where a container's ports are published. */
import type { PortBinding } from '../../../engine/index.ts';
import { between } from '../flags.ts';
import { PlainError } from '../plain-error.ts';
import { clientText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  summary: 'List port mappings or a specific mapping for the container',
  flags: [],
  arity: between(1, 2),
  async run({ args }, engine, io) {
    const [name = '', wanted] = args;
    const inspected = await engine()
      .containers.inspect(name)
      .catch((error: unknown) => {
        throw new PlainError(clientText(error));
      });
    const { Ports = {} } = inspected['NetworkSettings'] as { Ports?: Record<string, PortBinding[] | null> };
    if (!wanted) await io.stdout.write(allPorts(Ports));
    else await io.stdout.write(onePort(Ports, name, wanted));
    return 0;
  },
};

const address = ({ HostIp, HostPort }: PortBinding): string => `${HostIp}:${HostPort}`;

function allPorts(ports: Record<string, PortBinding[] | null>): string {
  return Object.keys(ports)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
    .flatMap((port) => (ports[port] ?? []).map((binding) => `${port} -> ${address(binding)}\n`))
    .join('');
}

function onePort(ports: Record<string, PortBinding[] | null>, name: string, wanted: string): string {
  const [number = '', protocol = 'tcp'] = wanted.split(/\/(.*)/s);
  checkNumber(wanted.endsWith('/') ? wanted : number);
  const port = `${number}/${protocol}`;
  const bindings = ports[port] ?? [];
  if (bindings.length === 0) throw new PlainError(`Error: No public port '${port}' published for ${name}`);
  return bindings.map((binding) => `${address(binding)}\n`).join('');
}

/** Go's words for what is no port, as Docker's client says them (go-connections nat.NewPort). A range is looked for as it is. */
function checkNumber(text: string): void {
  const parsing = `strconv.ParseUint: parsing "${text}"`;
  if (!/^(\d+(-\d+)?)?$/.test(text)) throw new PlainError(`${parsing}: invalid syntax`);
  if (Number(text) > 65535) throw new PlainError(`${parsing}: value out of range`);
}
