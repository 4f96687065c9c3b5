/** Gives a container its network and takes it back. */
import { networkInterfaces } from 'node:os';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { codeOf, EngineError, messageOf } from '../errors.ts';
import { recordEvent } from '../state/events.ts';
import { withLock } from '../state/locks.ts';
import type { EndpointSettings, PortBinding } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { prepareBridge, reserve } from './endpoints.ts';
import {
  bootId,
  checkHostAddress,
  enableForwarding,
  hasInterface,
  refuseRouterAdvertisements,
} from './host.ts';
import { joinContainer } from './join.ts';
import { createNamespace, isPinned, namespaceFile, removeNamespace } from './namespace.ts';
import { runNetavark } from './netavark.ts';
import { portRequests, portSettings } from './ports.ts';
import {
  allNetworks,
  findNetwork,
  NETWORK_LOCK,
  type NetworkRecord,
  newId,
  type SandboxRecord,
  sandboxDocuments,
} from './records.ts';

/** What the container's record and its OCI spec need to know. */
export interface NetworkSetup {
  /** Namespace to join; undefined with `createNew: false` = the host's own. */
  netnsPath?: string;
  /** The runtime makes an empty namespace itself (`none`). */
  createNew: boolean;
  networks: Record<string, EndpointSettings>;
  ports: Record<string, PortBinding[] | null>;
  sandboxKey: string;
  /** Kept in the container's record; teardown reads the database's own copy, which a crash can't lose. */
  sandbox?: unknown;
  /** container whose hosts, hostname and resolv.conf are shared (`container:ID`) */
  sharedWith?: string;
}

/**
 * Sets up what HostConfig.NetworkMode asks for. Independent of the root file system: may run while it is being mounted.
 * Throws NOT_FOUND (network, container), CONFLICT (port, address, container not running) with exitCode 125; nothing is left then.
 */
export async function setupNetwork(ctx: Context, record: ContainerRecord): Promise<NetworkSetup> {
  const mode = record.HostConfig.NetworkMode || 'default';
  if (mode.startsWith('container:')) return joinContainer(ctx, record, mode.slice('container:'.length));
  const name = mode === 'default' ? 'bridge' : mode;
  if (record.Config.NetworkDisabled) return { createNew: true, networks: {}, ports: {}, sandboxKey: '' };
  try {
    const network = findNetwork(ctx, name);
    if (network.Driver === 'bridge') return await setupBridge(ctx, record, network);
    return withoutInterfaces(ctx, record, network);
  } catch (error) {
    throw error instanceof EngineError ? withExitCode(error) : error;
  }
}

function withExitCode(error: EngineError): EngineError {
  return new EngineError(error.code, error.message, {
    exitCode: 125,
    cause: error,
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}

/** Docker: these modes have an endpoint in inspect, but no address. */
function withoutInterfaces(ctx: Context, record: ContainerRecord, network: NetworkRecord): NetworkSetup {
  const endpointId = newId();
  const sandbox: SandboxRecord = {
    containerId: record.Id,
    bootId: bootId(),
    endpoints: [{ networkId: network.Id, name: record.Name, endpointId }],
    ports: [],
  };
  sandboxDocuments(ctx).put(record.Id, sandbox);
  const isHost = network.Driver === 'host';
  return {
    createNew: !isHost,
    networks: {
      [network.Name]: {
        NetworkID: network.Id,
        EndpointID: endpointId,
        Gateway: '',
        IPAddress: '',
        IPPrefixLen: 0,
        MacAddress: '',
      },
    },
    ports: {},
    sandboxKey: isHost ? '/proc/1/ns/net' : '',
    sandbox,
  };
}

async function setupBridge(
  ctx: Context,
  record: ContainerRecord,
  network: NetworkRecord,
): Promise<NetworkSetup> {
  const requests = portRequests(record.Config, record.HostConfig);
  const local = new Set(
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
  );
  for (const { hostIp } of requests) checkHostAddress(hostIp, local);
  await teardownNetwork(ctx, record); // what a crash left of an earlier run
  const netnsPath = namespaceFile(ctx, record.Id);
  try {
    await createNamespace(ctx, netnsPath);
    const reserved = await withLock(ctx.state, NETWORK_LOCK, async () => {
      const bridge = prepareBridge(ctx, network);
      const plan = reserve(ctx, record, { network: bridge, requests, netnsPath });
      announceForwarding(ctx);
      await runNetavark(ctx, 'setup', plan.input, netnsPath);
      refuseRouterAdvertisements(bridge.interfaceName!);
      return plan;
    });
    event(ctx, 'connect', network, record.Id);
    return {
      netnsPath,
      createNew: false,
      networks: { [network.Name]: reserved.settings },
      ports: portSettings(record.Config, reserved.ports),
      sandboxKey: netnsPath,
      sandbox: reserved.sandbox,
    };
  } catch (error) {
    await undo(ctx, record, error);
    throw error;
  }
}

async function undo(ctx: Context, record: ContainerRecord, cause: unknown): Promise<void> {
  try {
    await teardownNetwork(ctx, record);
    await removeNamespace(namespaceFile(ctx, record.Id));
  } catch (error) {
    throw new EngineError('INTERNAL', `${messageOf(cause)}; cleaning up failed too: ${messageOf(error)}`, {
      cause,
    });
  }
}

function announceForwarding(ctx: Context): void {
  if (!enableForwarding()) return;
  recordEvent(ctx.state, {
    Type: 'daemon',
    Action: 'notice',
    id: 'network',
    attributes: { message: 'IPv4 forwarding was off; switched on (net.ipv4.ip_forward=1)' },
  });
}

function event(
  ctx: Context,
  Action: string,
  { Id, Name, Driver }: Pick<NetworkRecord, 'Id' | 'Name' | 'Driver'>,
  container: string,
): void {
  recordEvent(ctx.state, {
    Type: 'network',
    Action,
    id: Id,
    attributes: { container, name: Name, type: Driver },
  });
}

/** Releases namespace, interfaces, rules, ports and addresses of a container. Idempotent; also right after a crash or a reboot. */
export async function teardownNetwork(ctx: Context, record: Pick<ContainerRecord, 'Id'>): Promise<void> {
  const documents = sandboxDocuments(ctx);
  const sandbox = documents.get(record.Id);
  if (sandbox === undefined) return;
  if (sandbox.netnsPath !== undefined) await removeInterfaces(ctx, sandbox, sandbox.netnsPath);
  documents.remove(record.Id);
  const networks = allNetworks(ctx);
  for (const { networkId, address } of sandbox.endpoints) {
    const network = networks.find(({ Id }) => Id === networkId);
    if (network !== undefined && address !== undefined) event(ctx, 'disconnect', network, record.Id);
  }
}

async function removeInterfaces(ctx: Context, sandbox: SandboxRecord, netnsPath: string): Promise<void> {
  const { input } = sandbox;
  if (input !== undefined && sandbox.bootId === bootId()) {
    await withLock(ctx.state, NETWORK_LOCK, async () => {
      // a namespace that is gone took its interfaces along; the rules on the host still have to go
      if (!isPinned(netnsPath)) await createNamespace(ctx, netnsPath);
      await tolerant(() => runNetavark(ctx, 'teardown', input, netnsPath));
    });
  }
  await removeNamespace(netnsPath);
}

/** netavark fails on what is missing, after removing the rest; a bridge that stays is shown by the next set-up. */
async function tolerant(fn: () => Promise<void>): Promise<void> {
  try {
    await fn();
  } catch (error) {
    if (codeOf(error) !== 'INTERNAL') throw error;
  }
}

/** Ends the networks of a store that is being removed: every sandbox, bridge and rule of it. */
export async function removeNetworks(ctx: Context): Promise<void> {
  for (const { containerId } of sandboxDocuments(ctx).all()) await teardownNetwork(ctx, { Id: containerId });
  for (const { interfaceName } of allNetworks(ctx)) {
    if (interfaceName !== undefined && hasInterface(interfaceName))
      await runCommand('ip', ['link', 'delete', interfaceName]);
  }
}
