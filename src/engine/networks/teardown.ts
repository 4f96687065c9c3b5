/** Takes a container's interfaces and rules from the host. */

import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { codeOf, messageOf } from '../errors.ts';
import { hasInterface } from './host.ts';
import { createNamespace, isPinned, removeNamespace } from './namespace.ts';
import { runNetavark } from './netavark.ts';
import { type NetavarkInput, netavarkName } from './netavark-input.ts';
import { recordNotice } from './notice.ts';
import type { NetworkRecord } from './records.ts';
import { type BridgeTrace, isolationEntry, removalOf } from './rules.ts';

export interface Sandbox {
  netnsPath: string;
  inputs: readonly NetavarkInput[];
}

/**
 * Called under the network lock. `last`: networks that no other container is in; their bridge and rules end with it.
 * For them one transaction replaces netavark's thirty calls of iptables (40 ms instead of 240 ms, measured), and it also works when
 * only half of it is there; netavark's teardown then gives up in the middle.
 */
export async function takeDown(
  ctx: Context,
  { netnsPath, inputs }: Sandbox,
  last: readonly NetworkRecord[],
): Promise<void> {
  const joined = inputs.flatMap(({ networks }) => Object.keys(networks));
  const isAlone = joined.every((name) =>
    last.some((network) => netavarkName(network) === name && !network.hasDns),
  );
  if (isAlone && (await removeBridges(last, netnsPath))) return;
  if (!isPinned(netnsPath)) await createNamespace(ctx, netnsPath);
  for (const input of inputs) await leave(ctx, { netnsPath, input }, last);
  await removeNamespace(netnsPath);
}

/** Takes the interface and rules of one network from a namespace that stays. Called under the network lock. */
export async function leave(
  ctx: Context,
  { netnsPath, input }: { netnsPath: string; input: NetavarkInput },
  last: readonly NetworkRecord[],
): Promise<void> {
  const ending = last.filter((network) => netavarkName(network) in input.networks);
  await standIns(input, netnsPath);
  try {
    await runNetavark(ctx, 'teardown', input, netnsPath);
  } catch (error) {
    // Somebody flushed the rules or deleted the bridge: that must not keep the container from ending.
    if (codeOf(error) !== 'INTERNAL') throw error;
    recordNotice(ctx.state, messageOf(error));
    await dropBridges(ending, await savedRules());
  }
  for (const network of ending) await removeRules(await savedRules(), traceOf(network));
  if (ending.length === 0) return;
  const entry = isolationEntry(await savedRules());
  if (entry !== undefined) await restore(entry, true); // the last isolated network of another store may have just gone
}

/** False when the rules are not iptables' (netavark with nftables or firewalld): then only netavark knows them. */
async function removeBridges(networks: readonly NetworkRecord[], netnsPath: string): Promise<boolean> {
  const saved = await savedRules();
  const isIptables = networks.every((network) => removalOf(saved, traceOf(network), false) !== undefined);
  if (!isIptables && networks.some(({ interfaceName }) => hasInterface(interfaceName!))) return false;
  await Promise.all([dropBridges(networks, saved), removeNamespace(netnsPath)]);
  return true;
}

const traceOf = ({ subnet, interfaceName }: NetworkRecord): BridgeTrace => ({
  subnet: subnet!,
  interfaceName: interfaceName!,
});

async function dropBridges(networks: readonly NetworkRecord[], saved: string): Promise<void> {
  let rules = saved;
  for (const network of networks) {
    await Promise.all([removeRules(rules, traceOf(network)), removeBridge(network.interfaceName!)]);
    if (networks.length > 1) rules = await savedRules();
  }
}

/** The machine's rules; empty where iptables is not installed. */
export async function savedRules(): Promise<string> {
  try {
    return (await runCommand('iptables-save', [])).stdout;
  } catch (error) {
    if (codeOf(error) === 'UNAVAILABLE') return '';
    throw error;
  }
}

/** Netavark's shared chains go along when nobody else has a rule in them; when somebody gets one just now, they stay. */
async function removeRules(saved: string, trace: BridgeTrace): Promise<void> {
  const whole = removalOf(saved, trace, true);
  if (whole === undefined || (await restore(whole, true)).exitCode === 0) return;
  const own = removalOf(await savedRules(), trace, false);
  if (own !== undefined) await restore(own, false);
}

const restore = (input: string, allowFailure: boolean) =>
  runCommand('iptables-restore', ['--noflush', '--wait', '10'], { input, allowFailure });

export async function removeBridge(name: string): Promise<void> {
  if (hasInterface(name)) await runCommand('ip', ['link', 'delete', name]);
}

/** netavark's teardown stops at an interface that is missing (lost with its namespace): give it one to delete. */
async function standIns(input: NetavarkInput, netnsPath: string): Promise<void> {
  const shown = await runCommand('nsenter', [`--net=${netnsPath}`, 'ip', '-o', 'link', 'show']);
  for (const { interface_name: name } of Object.values(input.networks)) {
    if (new RegExp(`^[0-9]+: ${name}[@:]`, 'm').test(shown.stdout)) continue;
    await runCommand('nsenter', [
      `--net=${netnsPath}`,
      'ip',
      'link',
      'add',
      name,
      'type',
      'veth',
      'peer',
      'name',
      `p-${name}`,
    ]);
  }
}
