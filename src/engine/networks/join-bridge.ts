/** Makes one interface of a container on a bridge. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { EventInput } from '../state/events.ts';
import type { EndpointSettings } from '../types/config.ts';
import { hostSubnets, refuseRouterAdvertisements } from './host.ts';
import { overlaps, parseSubnet } from './ipv4.ts';
import { isolateDefault } from './isolation.ts';
import { addLinkLocal } from './namespace.ts';
import { runNetavark } from './netavark.ts';
import { inputsOf, type NetworkRecord, type SandboxRecord } from './records.ts';

/** Called under the network lock, with what was reserved: the `index`th input of the sandbox. Throws INTERNAL, UNAVAILABLE. */
export async function joinBridge(
  ctx: Context,
  { network, settings }: { network: NetworkRecord; settings: EndpointSettings },
  sandbox: SandboxRecord,
  index: number,
): Promise<void> {
  const input = inputsOf(sandbox)[index]!;
  await runNetavark(ctx, 'setup', input, sandbox.netnsPath!);
  const [{ interface_name: name } = { interface_name: '' }] = Object.values(input.networks);
  await addLinkLocal(sandbox.netnsPath!, name, settings.IPAMConfig?.LinkLocalIPs ?? []);
  refuseRouterAdvertisements(network.interfaceName!);
  refuseOverlap(network);
  await isolateDefault(ctx, network);
}

/** Two stores that begin at the same moment can choose one subnet: the later one sees it here and chooses again. */
function refuseOverlap({ Name, subnet, interfaceName, isSubnetAutomatic }: NetworkRecord): void {
  if (
    !isSubnetAutomatic ||
    !hostSubnets(interfaceName).some((other) => overlaps(parseSubnet(other), parseSubnet(subnet!)))
  )
    return;
  throw new EngineError(
    'INTERNAL',
    `network ${Name}: its subnet ${subnet} was taken by another network at the same moment`,
    { hint: 'try again' },
  );
}

export function networkEvent(
  Action: 'connect' | 'disconnect',
  { Id, Name, Driver }: NetworkRecord,
  container: string,
): EventInput {
  return { Type: 'network', Action, id: Id, attributes: { container, name: Name, type: Driver } };
}
