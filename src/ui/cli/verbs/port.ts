/** boxtop port: where a container's ports are published. */
import type { PortBinding } from '../../../engine/index.ts';
import { between } from '../flags.ts';
import { clientText, PlainError } from '../report.ts';
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
    if (wanted === undefined) await io.stdout.write(allPorts(Ports));
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
  const port = wanted.includes('/') ? wanted : `${wanted}/tcp`;
  const bindings = ports[port] ?? [];
  if (bindings.length === 0) throw new PlainError(`Error: No public port '${port}' published for ${name}`);
  return bindings.map((binding) => `${address(binding)}\n`).join('');
}
