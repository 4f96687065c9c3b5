/** Takes one of several networks from a running container. */
import type { Context } from '../context.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { runNetavark } from './netavark.ts';
import { type NetavarkInput, netavarkName } from './netavark-input.ts';
import { inputsOf, type NetworkRecord, type SandboxRecord, sandboxDocuments } from './records.ts';
import { lastOnes } from './setup.ts';
import { leave } from './teardown.ts';

/** Called under the network lock. Ports that were published through it are published through the next one. */
export async function leaveSandbox(
  ctx: Context,
  { Id }: ContainerRecord,
  network: NetworkRecord,
): Promise<void> {
  const sandbox = sandboxDocuments(ctx).get(Id)!;
  const netnsPath = sandbox.netnsPath!;
  const inputs = inputsOf(sandbox);
  const going = inputs.find(({ networks }) => netavarkName(network) in networks);
  if (going !== undefined) {
    const last = lastOnes(ctx, sandbox).filter(({ Id: id }) => id === network.Id);
    await leave(ctx, { netnsPath, input: going }, last);
  }
  const rest = inputs.filter((input) => input !== going);
  const [next] = rest;
  if (going !== undefined && next !== undefined && going.port_mappings.length > 0) {
    await leave(ctx, { netnsPath, input: next }, []);
    rest[0] = { ...next, port_mappings: going.port_mappings };
    await runNetavark(ctx, 'setup', rest[0], netnsPath);
  }
  sandboxDocuments(ctx).put(Id, without(sandbox, network, rest));
}

function without(
  sandbox: SandboxRecord,
  network: NetworkRecord,
  rest: readonly NetavarkInput[],
): SandboxRecord {
  const { input: _input, more: _more, ...kept } = sandbox;
  const [input, ...more] = rest;
  return {
    ...kept,
    ...(input !== undefined && { input }),
    ...(more.length > 0 && { more }),
    endpoints: sandbox.endpoints.filter(({ networkId }) => networkId !== network.Id),
  };
}
