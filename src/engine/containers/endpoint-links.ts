/** Links on networks that users made: an alias that the linking container alone knows, whether the other one is there or not. */
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { findNetwork, sandboxDocuments } from '../networks/records.ts';
import type { EndpointSettings } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerDocuments, findContainer } from './records.ts';

/** Addresses and aliases of what is linked and runs now. */
export function endpointLinks(
  ctx: Context,
  networks: Readonly<Record<string, EndpointSettings>>,
): [address: string, alias: string][] {
  return Object.entries(networks).flatMap(([network, { Links }]) =>
    (Links ?? []).flatMap((link): [string, string][] => {
      const [name = '', alias = name] = link.split(':');
      const other = find(ctx, name);
      const address = other?.State.Running ? other.NetworkSettings.Networks[network]?.IPAddress : undefined;
      return address ? [[address, alias]] : [];
    }),
  );
}

/** The running containers that link to this one on networks that users made, and the aliases they have for it. */
export function linkingEndpoints(
  ctx: Context,
  record: ContainerRecord,
): { owner: string; alias: string; address: string }[] {
  return Object.entries(record.NetworkSettings.Networks).flatMap(([network, { IPAddress }]) => {
    if (!IPAddress || network === 'bridge') return [];
    return peersOn(ctx, network).flatMap((peer) =>
      (peer.NetworkSettings.Networks[network]?.Links ?? []).flatMap((link) => {
        const [name = '', alias = name] = link.split(':');
        return find(ctx, name)?.Id === record.Id ? [{ owner: peer.Id, alias, address: IPAddress }] : [];
      }),
    );
  });
}

function peersOn(ctx: Context, network: string): ContainerRecord[] {
  const { Id } = findNetwork(ctx, network);
  return sandboxDocuments(ctx)
    .all()
    .filter(({ endpoints }) => endpoints.some(({ networkId }) => networkId === Id))
    .flatMap(({ containerId }) => containerDocuments(ctx).get(containerId) ?? []);
}

function find(ctx: Context, name: string): ContainerRecord | undefined {
  try {
    return findContainer(ctx, name);
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND' || codeOf(error) === 'INVALID_ARGUMENT') return undefined;
    throw error;
  }
}
