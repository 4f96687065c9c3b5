/** Gives a container its network and takes it back. */
import { networkInterfaces } from 'node:os';
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import { type EventInput, recordEvent } from '../state/events.ts';
import { withLock } from '../state/locks.ts';
import type { EndpointSettings, PortBinding } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { prepareBridge, type Reservation, type ReserveRequest, reserve } from './endpoints.ts';
import { bootId, enableForwarding, listeners } from './host.ts';
import { joinContainer } from './join.ts';
import { joinBridge, networkEvent } from './join-bridge.ts';
import { createNamespace, namespaceFile, removeNamespace } from './namespace.ts';
import { recordNotice } from './notice.ts';
import { portRequests, portSettings } from './ports.ts';
import {
  allNetworks,
  findNetwork,
  hasOwnBridge,
  inputsOf,
  NETWORK_LOCK,
  type NetworkRecord,
  newId,
  type SandboxRecord,
  sandboxDocuments,
} from './records.ts';
import { forwardedPorts } from './rules.ts';
import { removeBridge, savedRules, takeDown } from './teardown.ts';

/** Set-ups that fail for a reason of the moment are tried once more. */
const ATTEMPTS = 2;

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
  for (let attempt = 1; ; attempt += 1) {
    const { setup, ready } = await beginNetwork(ctx, record);
    try {
      await ready;
      return setup;
    } catch (error) {
      await undo(ctx, record, error);
      if (attempt === ATTEMPTS || !(error instanceof PassingNetworkError)) throw error;
    }
  }
}

export interface BegunNetwork {
  setup: NetworkSetup;
  /** Settles when the interfaces and rules are there. After a rejection the caller tears down; `PassingNetworkError` is worth a new try. */
  ready: Promise<void>;
}

/** What went wrong for a reason of the moment: netavark runs of other stores or engines can meet ours, it has no lock of its own. */
export class PassingNetworkError extends EngineError {}

/** As `setupNetwork`, but returns when namespace, addresses and ports are known; what needs only these can be made meanwhile. */
export async function beginNetwork(ctx: Context, record: ContainerRecord): Promise<BegunNetwork> {
  try {
    return await beginMode(ctx, record, record.HostConfig.NetworkMode || 'default');
  } catch (error) {
    throw withExitCode(error);
  }
}

async function beginMode(ctx: Context, record: ContainerRecord, mode: string): Promise<BegunNetwork> {
  const done = (setup: NetworkSetup) => ({ setup, ready: Promise.resolve() });
  if (mode.startsWith('container:')) return done(joinContainer(ctx, record, mode.slice('container:'.length)));
  if (record.Config.NetworkDisabled)
    return done({ createNew: true, networks: {}, ports: {}, sandboxKey: '' });
  const networks = networksOf(ctx, record, mode === 'default' ? 'bridge' : mode);
  return networks[0]!.Driver === 'bridge'
    ? beginBridge(ctx, record, networks)
    : done(withoutInterfaces(ctx, record, networks[0]!));
}

/** That of its mode first, unless it was taken from it, then those it was connected to. Throws NOT_FOUND for one that was removed. */
function networksOf(ctx: Context, { NetworkSettings }: ContainerRecord, mode: string): NetworkRecord[] {
  const names = Object.keys(NetworkSettings.Networks).map((name) => (name === 'default' ? 'bridge' : name));
  if (names.length === 0) return [findNetwork(ctx, mode)];
  const others = names.filter((name) => name !== mode).sort();
  return [...(names.includes(mode) ? [mode] : []), ...others].map((name) => findNetwork(ctx, name));
}

function withExitCode(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const Kind = error.code === 'INTERNAL' ? PassingNetworkError : EngineError;
  return new Kind(error.code, error.message, {
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
  ctx.state.write(() => {
    sandboxDocuments(ctx).put(record.Id, sandbox);
    recordEvent(ctx.state, networkEvent('connect', network, record.Id));
  });
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

async function beginBridge(
  ctx: Context,
  record: ContainerRecord,
  networks: readonly NetworkRecord[],
): Promise<BegunNetwork> {
  const requests = portRequests(record.Config, record.HostConfig);
  const local = new Set(
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
  );
  await teardownNetwork(ctx, record); // what a crash left of an earlier run
  const netnsPath = namespaceFile(ctx, record.Id);
  await removeNamespace(netnsPath);
  try {
    const busy = requests.length === 0 ? [] : [...listeners(), ...forwardedPorts(await savedRules())];
    return await connect(ctx, record, { networks, requests, netnsPath, busy, local });
  } catch (error) {
    await undo(ctx, record, error);
    throw error;
  }
}

async function connect(
  ctx: Context,
  record: ContainerRecord,
  request: ReserveRequest,
): Promise<BegunNetwork> {
  const { netnsPath } = request;
  const planned = Promise.withResolvers<Reservation>();
  const connected = withLock(ctx.state, NETWORK_LOCK, async () => {
    const networks = request.networks.map((network) => prepareBridge(ctx, network));
    const plan = reserve(ctx, record, { ...request, networks });
    await createNamespace(ctx, netnsPath);
    announceForwarding(ctx);
    planned.resolve(plan);
    for (const [index, network] of networks.entries())
      await joinBridge(ctx, { network, settings: plan.settings[network.Name]! }, plan.sandbox, index);
    for (const network of networks) recordEvent(ctx.state, networkEvent('connect', network, record.Id));
  });
  connected.catch(planned.reject);
  const { settings, ports, sandbox } = await planned.promise;
  const ready = connected.catch((error: unknown) => {
    throw withExitCode(error);
  });
  ready.catch(() => {}); // thrown by who waits for it
  const setup = {
    netnsPath,
    createNew: false,
    networks: settings,
    ports: portSettings(record.Config, ports),
    sandboxKey: netnsPath,
    sandbox,
  };
  return { setup, ready };
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
  if (enableForwarding())
    recordNotice(ctx.state, 'IPv4 forwarding was off; switched on (net.ipv4.ip_forward=1)');
}

/**
 * Releases namespace, interfaces, rules, ports and addresses of a container. Idempotent; also right after a crash or a reboot. The
 * events go to `later` when it is given: the caller has something to tell before.
 */
export async function teardownNetwork(
  ctx: Context,
  record: Pick<ContainerRecord, 'Id'>,
  later?: EventInput[],
): Promise<void> {
  const sandbox = sandboxDocuments(ctx).get(record.Id);
  if (sandbox === undefined) return;
  const { netnsPath, endpoints } = sandbox;
  const inputs = inputsOf(sandbox);
  await withLock(ctx.state, NETWORK_LOCK, async () => {
    // of another boot only the leases are left
    if (netnsPath !== undefined && inputs.length > 0 && sandbox.bootId === bootId()) {
      await takeDown(ctx, { netnsPath, inputs }, lastOnes(ctx, sandbox));
    } else if (netnsPath !== undefined) await removeNamespace(netnsPath);
    sandboxDocuments(ctx).remove(record.Id);
  });
  const networks = allNetworks(ctx);
  for (const { networkId } of endpoints) {
    const network = networks.find(({ Id }) => Id === networkId);
    if (network === undefined) continue;
    const event = networkEvent('disconnect', network, record.Id);
    if (later === undefined) recordEvent(ctx.state, event);
    else later.push(event);
  }
}

/** The sandbox's networks that no other container is in. */
export function lastOnes(ctx: Context, sandbox: SandboxRecord): NetworkRecord[] {
  const others = sandboxDocuments(ctx)
    .all()
    .filter((other) => other.containerId !== sandbox.containerId && other.bootId === sandbox.bootId);
  const isUsed = (id: string) =>
    others.some(({ endpoints }) => endpoints.some(({ networkId }) => networkId === id));
  return allNetworks(ctx).filter(
    ({ Id }) => sandbox.endpoints.some(({ networkId }) => networkId === Id) && !isUsed(Id),
  );
}

/** Ends the networks of a store that is being removed: every sandbox, bridge and rule of it. */
export async function removeNetworks(ctx: Context): Promise<void> {
  for (const { containerId } of sandboxDocuments(ctx).all()) await teardownNetwork(ctx, { Id: containerId });
  for (const network of allNetworks(ctx).filter(hasOwnBridge)) await removeBridge(network.interfaceName!);
}
