/** Verbs network connect and disconnect: one more interface for a container, or one less, running or not. */
import { reconcile } from '../containers/exited.ts';
import { endpointsOf } from '../containers/inspect/inspect-networks.ts';
import { refreshLinkHosts } from '../containers/link-hosts.ts';
import { containerLock, findContainer, updateContainer } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { recordEvent } from '../state/events.ts';
import { withLock } from '../state/locks.ts';
import type { EndpointSettings } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { NetworkConnect } from '../types/networks.ts';
import { checkEndpoint } from './endpoint-check.ts';
import { checkAddressChoice, prepareBridge, reserveMore } from './endpoints.ts';
import { refreshFiles } from './files.ts';
import { joinBridge, networkEvent } from './join-bridge.ts';
import { leaveSandbox } from './leave.ts';
import { findNetwork, inputsOf, NETWORK_LOCK, type NetworkRecord, sandboxDocuments } from './records.ts';

const forbidden = (message: string, hint?: string) => new EngineError('PERMISSION_DENIED', message, { hint });
const isShared = (mode = ''): boolean => mode === 'host' || mode.startsWith('container:');

/** Docker's POST /networks/ID/connect. Throws NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT, CONFLICT in Docker's words. */
export async function connect(
  ctx: Context,
  nameOrId: string,
  { Container, EndpointConfig = {} }: NetworkConnect,
): Promise<void> {
  const network = findNetwork(ctx, nameOrId);
  const { Id } = findContainer(ctx, Container);
  await withLock(ctx.state, containerLock(Id), async () => {
    const record = await reconcile(ctx, findContainer(ctx, Id));
    checkConnection(record, network, EndpointConfig);
    const networks = { ...endpointsOf(record), [network.Name]: EndpointConfig };
    if (!record.State.Running) {
      updateContainer(ctx, Id, ({ NetworkSettings }) => {
        NetworkSettings.Networks = networks;
      });
      return;
    }
    if (isOn(ctx, record, network))
      throw forbidden(`endpoint with name ${record.Name} already exists in network ${network.Name}`);
    const asked = { ...record, NetworkSettings: { ...record.NetworkSettings, Networks: networks } };
    await withLock(ctx.state, NETWORK_LOCK, () => join(ctx, asked, network));
  });
}

function checkConnection(
  { HostConfig, NetworkSettings }: ContainerRecord,
  network: NetworkRecord,
  asked: EndpointSettings,
): void {
  if (isShared(HostConfig.NetworkMode))
    throw forbidden(
      'container sharing network namespace with another container or host cannot be connected to any other network',
    );
  if (network.Driver === 'host')
    throw forbidden('container cannot be disconnected from host network or connected to host network');
  if (network.Driver === 'null' || HostConfig.NetworkMode === 'none' || 'none' in NetworkSettings.Networks)
    throw forbidden(
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    );
  checkEndpoint(asked, network.isPredefined);
  checkAddressChoice(asked, network);
}

const isOn = (ctx: Context, { Id }: ContainerRecord, network: NetworkRecord): boolean =>
  sandboxDocuments(ctx)
    .get(Id)
    ?.endpoints.some(({ networkId }) => networkId === network.Id) === true;

/** A failure takes the interface back; the container goes on as it was. */
async function join(ctx: Context, record: ContainerRecord, found: NetworkRecord): Promise<void> {
  const network = prepareBridge(ctx, found);
  const settings = reserveMore(ctx, record, network);
  const sandbox = sandboxDocuments(ctx).get(record.Id)!;
  try {
    await joinBridge(ctx, { network, settings }, sandbox, inputsOf(sandbox).length - 1);
  } catch (error) {
    await leaveSandbox(ctx, record, network);
    throw error;
  }
  const changed = updateContainer(ctx, record.Id, ({ NetworkSettings }) => {
    NetworkSettings.Networks[network.Name] = settings;
  });
  refreshFiles(ctx, changed, {});
  refreshLinkHosts(ctx, changed);
  recordEvent(ctx.state, networkEvent('connect', network, record.Id));
}

/** Docker's POST /networks/ID/disconnect. Published ports go on to the next network. Throws NOT_FOUND, PERMISSION_DENIED. */
export async function disconnect(
  ctx: Context,
  nameOrId: string,
  { Container }: { Container: string },
): Promise<void> {
  const network = findNetwork(ctx, nameOrId);
  const { Id } = findContainer(ctx, Container);
  await withLock(ctx.state, containerLock(Id), async () => {
    const record = await reconcile(ctx, findContainer(ctx, Id));
    if (network.Driver === 'host' || isShared(record.HostConfig.NetworkMode))
      throw forbidden('container cannot be disconnected from host network or connected to host network');
    if (record.State.Running)
      return await withLock(ctx.state, NETWORK_LOCK, () => part(ctx, record, network));
    const { [network.Name]: endpoint, ...others } = endpointsOf(record);
    if (endpoint === undefined)
      throw forbidden(`container ${Id} is not connected to the network ${network.Name}`);
    checkRest(others, network);
    updateContainer(ctx, Id, ({ NetworkSettings }) => {
      NetworkSettings.Networks = others;
    });
  });
}

async function part(ctx: Context, record: ContainerRecord, network: NetworkRecord): Promise<void> {
  if (!isOn(ctx, record, network))
    throw forbidden(`container ${record.Id} is not connected to network ${network.Name}`);
  const { [network.Name]: gone, ...others } = record.NetworkSettings.Networks;
  checkRest(others, network);
  await leaveSandbox(ctx, record, network);
  const changed = updateContainer(ctx, record.Id, ({ NetworkSettings }) => {
    NetworkSettings.Networks = others;
  });
  refreshFiles(ctx, changed, { gone: gone?.IPAddress });
  recordEvent(ctx.state, networkEvent('disconnect', network, record.Id));
}

/** A container on no network at all is one of the network none, which is chosen when it is made. */
function checkRest(others: object, { Name }: NetworkRecord): void {
  if (Object.keys(others).length > 0) return;
  throw new EngineError(
    'UNIMPLEMENTED',
    `disconnecting a container from its last network, ${Name}, is not implemented yet`,
    {
      hint: Name === 'none' ? 'make it with --network bridge' : 'connect it to another one first',
    },
  );
}
