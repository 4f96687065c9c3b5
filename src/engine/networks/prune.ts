/** Removes networks that no container has. */
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { checkFilters, fitsLabels, type PruneOptions, untilOf } from '../prune-filters.ts';
import { recordEvent, recordPrune } from '../state/events.ts';
import { withLock } from '../state/locks.ts';
import { NETWORK_LOCK, type NetworkRecord, networkDocuments, sandboxDocuments } from './records.ts';

/**
 * Docker's POST /networks/prune: networks made by users. Filters: until, label, label!. One that a stopped container has stays too, so
 * that the container can be started again (Docker would remove it). Interfaces and rules went with the last container that ran.
 * Throws INVALID_ARGUMENT.
 */
export async function prune(
  ctx: Context,
  { filters = {}, signal }: PruneOptions = {},
): Promise<{ NetworksDeleted: string[] }> {
  checkFilters(filters, ['until', 'label', 'label!']);
  const until = untilOf(filters);
  const NetworksDeleted: string[] = [];
  await withLock(
    ctx.state,
    NETWORK_LOCK,
    async () =>
      ctx.state.write(() => {
        const used = usedNetworks(ctx);
        for (const network of networkDocuments(ctx).all()) {
          const isTooNew = until !== undefined && Date.parse(network.Created) >= until.seconds * 1000;
          if (network.isPredefined || isTooNew || !fitsLabels(network.Labels, filters)) continue;
          if (used.has(network.Id) || used.has(network.Name)) continue;
          removeRecord(ctx, network);
          NetworksDeleted.push(network.Name);
        }
      }),
    { signal },
  );
  recordPrune(ctx.state, 'network', 0);
  return { NetworksDeleted };
}

function removeRecord(ctx: Context, { Id, Name, Driver }: NetworkRecord): void {
  networkDocuments(ctx).remove(Id);
  recordEvent(ctx.state, {
    Type: 'network',
    Action: 'destroy',
    id: Id,
    attributes: { name: Name, type: Driver },
  });
}

/** Names and ids of networks that containers have, as they were named. */
function usedNetworks(ctx: Context): Set<string> {
  const used = new Set<string>();
  for (const { HostConfig, NetworkSettings } of containerDocuments(ctx).all()) {
    used.add(HostConfig.NetworkMode ?? 'default');
    for (const [name, endpoint] of Object.entries(NetworkSettings.Networks ?? {}))
      used.add(name).add(endpoint.NetworkID ?? '');
  }
  for (const { endpoints } of sandboxDocuments(ctx).all())
    for (const { networkId } of endpoints) used.add(networkId);
  return used;
}
