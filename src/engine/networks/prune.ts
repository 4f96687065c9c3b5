/** Removes networks that no container has. */
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { checkFilters, fitsLabels, type PruneOptions, untilOf } from '../prune-filters.ts';
import { recordPrune } from '../state/events.ts';
import { withLock } from '../state/locks.ts';
import type { Filters } from '../types/images.ts';
import { removeRecord } from './create.ts';
import {
  hasOwnBridge,
  NETWORK_LOCK,
  type NetworkRecord,
  networkDocuments,
  sandboxDocuments,
} from './records.ts';
import { removeBridge } from './teardown.ts';

/**
 * Docker's POST /networks/prune: networks made by users. Filters: until, label, label!. One that a stopped container has stays too, so
 * that the container can be started again (Docker would remove it). Throws INVALID_ARGUMENT.
 */
export async function prune(
  ctx: Context,
  { filters = {}, signal }: PruneOptions = {},
): Promise<{ NetworksDeleted: string[] }> {
  const removeAll = async () => {
    const removed = ctx.state.write(() => {
      const found = prunableNetworks(ctx, filters);
      for (const network of found) removeRecord(ctx, network);
      return found;
    });
    // it went with its last container, unless that was lost
    for (const network of removed.filter(hasOwnBridge)) await removeBridge(network.interfaceName!);
    return removed.map(({ Name }) => Name);
  };
  const NetworksDeleted = await withLock(ctx.state, NETWORK_LOCK, removeAll, { signal });
  recordPrune(ctx.state, 'network', 0);
  return { NetworksDeleted };
}

/** What would go now; containers that are `gone` don't count. Throws INVALID_ARGUMENT. */
export function prunableNetworks(
  ctx: Context,
  filters: Filters,
  gone: ReadonlySet<string> = new Set(),
): NetworkRecord[] {
  checkFilters(filters, ['until', 'label', 'label!']);
  const until = untilOf(filters);
  const used = [...usedNetworks(ctx, gone)];
  return networkDocuments(ctx)
    .all()
    .filter(({ Id, Name, Created, isPredefined, Labels }) => {
      const isTooNew = until !== undefined && Date.parse(Created) >= until.seconds * 1000;
      const isFree = !isPredefined && !used.some((given) => given === Name || Id.startsWith(given));
      return isFree && !isTooNew && fitsLabels(Labels, filters);
    });
}

/** Names of networks that containers have, their ids or how these begin, as they were given. */
function usedNetworks(ctx: Context, gone: ReadonlySet<string>): Set<string> {
  const used = new Set<string>();
  for (const { Id, HostConfig, NetworkSettings } of containerDocuments(ctx).all()) {
    if (gone.has(Id)) continue;
    used.add(HostConfig.NetworkMode || 'default');
    for (const [name, endpoint] of Object.entries(NetworkSettings.Networks ?? {}))
      used.add(name).add(endpoint.NetworkID || name);
  }
  for (const { endpoints } of sandboxDocuments(ctx).all())
    for (const { networkId } of endpoints) used.add(networkId);
  return used;
}
