/** Keeps a default bridge that was there before any network of a user apart from these. */
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { bootId } from './host.ts';
import { type NetavarkInput, netavarkName } from './netavark-input.ts';
import { allNetworks, inputsOf, type NetworkRecord, sandboxDocuments } from './records.ts';
import { isolationOf } from './rules.ts';
import { savedRules } from './teardown.ts';

/**
 * Called under the network lock when a container has joined `network`. Containers that started on the default bridge while there was
 * no other network have no rules that keep them apart.
 */
export async function isolateDefault(ctx: Context, network: NetworkRecord): Promise<void> {
  if (network.isPredefined) return;
  const bridge = allNetworks(ctx).find(({ isPredefined, Driver }) => isPredefined && Driver === 'bridge')!;
  const name = netavarkName(bridge);
  const boot = bootId();
  const inputs = sandboxDocuments(ctx)
    .all()
    .flatMap((sandbox) => (sandbox.bootId === boot ? inputsOf(sandbox) : []))
    .filter(({ networks }) => name in networks);
  const isIsolated = ({ network_info }: NetavarkInput) => network_info[name]?.options['isolate'] === 'true';
  if (inputs.length === 0 || inputs.some(isIsolated)) return;
  const input = isolationOf(await savedRules(), name);
  if (input !== undefined) await runCommand('iptables-restore', ['--noflush', '--wait', '10'], { input });
}
