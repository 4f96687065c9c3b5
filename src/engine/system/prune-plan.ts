/** What pruning would remove: for a question that says what goes. */

import { prunableCache } from '../build/prune.ts';
import { cacheSteps } from '../build/usage.ts';
import { prunableContainers } from '../containers/prune.ts';
import { bytesOnDisk } from '../containers/sizes.ts';
import { statusText } from '../containers/status-text.ts';
import type { Context } from '../context.ts';
import { storeSizes, usedDigests } from '../images/collect.ts';
import { digestsOf, digestsOfLayer } from '../images/digests.ts';
import { prunableImages } from '../images/prune.ts';
import { imageDocuments } from '../images/records.ts';
import { prunableNetworks } from '../networks/prune.ts';
import { shortDigest } from '../oci/digest.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { PruneKind, PrunePlan, PruneScope } from '../types/system.ts';
import { prunableVolumes } from '../volumes/remove.ts';
import { volumeBytes } from '../volumes/volume-usage.ts';

interface Planning extends PruneScope {
  ctx: Context;
  /** containers that go before */
  gone: Set<string>;
  /** images that go before */
  goneImages: Set<string>;
}

/** Contract of `System.prunePlan`. What a kind lets go of counts for those behind it. */
export async function prunePlan(
  ctx: Context,
  kinds: readonly PruneKind[],
  scope: PruneScope = {},
): Promise<PrunePlan[]> {
  const planning: Planning = { ...scope, ctx, gone: new Set(), goneImages: new Set() };
  const plans: PrunePlan[] = [];
  for (const kind of kinds) {
    scope.signal?.throwIfAborted();
    plans.push(await PLANS[kind](planning));
  }
  return plans;
}

const PLANS: Readonly<Record<PruneKind, (planning: Planning) => Promise<PrunePlan>>> = {
  async container({ ctx, filters = {}, gone, signal }) {
    const Items: PrunePlan['Items'] = [];
    const newestFirst = (a: ContainerRecord, b: ContainerRecord) => (a.Created < b.Created ? 1 : -1);
    for (const { Id, Name, State } of (await prunableContainers(ctx, filters)).sort(newestFirst)) {
      gone.add(Id);
      const Detail = statusText(State, Date.now(), false);
      Items.push({ Name, Detail, Size: await bytesOnDisk(ctx, Id, signal) });
    }
    return { Kind: 'container', Items, Size: sum(Items) };
  },
  async network({ ctx, filters = {}, gone }) {
    const Items = prunableNetworks(ctx, filters, gone).map(({ Name }) => ({ Name }));
    return { Kind: 'network', Items, Size: 0 };
  },
  async volume({ ctx, filters = {}, gone, signal }) {
    const Items: PrunePlan['Items'] = [];
    for (const volume of prunableVolumes(ctx, filters, gone))
      Items.push({ Name: volume.Name, Size: await volumeBytes(ctx, volume, signal) });
    return { Kind: 'volume', Items, Size: sum(Items) };
  },
  image: planImages,
  builder: planCache,
};

const sum = (items: readonly { Size?: number }[]): number =>
  items.reduce((total, { Size = 0 }) => total + Size, 0);

/** Together images give back what nothing else has. */
async function planImages({ ctx, gone, goneImages, ...scope }: Planning): Promise<PrunePlan> {
  const doomed = await prunableImages(ctx, scope, gone);
  for (const { Id } of doomed) goneImages.add(Id);
  const kept = usedDigests(ctx, { containers: gone, images: goneImages });
  const { sizes } = await storeSizes(ctx);
  const digests = new Map(
    imageDocuments(ctx)
      .all()
      .map((record) => [record.Id, digestsOf(record)]),
  );
  const bytes = (ids: string[]) =>
    bytesOf(
      ids.flatMap((id) => digests.get(id) ?? []),
      sizes,
      kept,
    );
  const Items = doomed.map(({ Id, RepoTags }) => ({
    Name: RepoTags.join(', ') || shortDigest(Id),
    Size: bytes([Id]),
  }));
  return { Kind: 'image', Items, Size: bytes(doomed.map(({ Id }) => Id)) };
}

/** Steps give back what neither images nor steps that stay have; folders all of it. */
async function planCache({ ctx, gone, goneImages, ...scope }: Planning): Promise<PrunePlan> {
  const found = await prunableCache(ctx, scope, goneImages);
  const steps = new Set(found.map(({ ID }) => ID));
  const kept = usedDigests(ctx, { containers: gone, images: goneImages, steps });
  const going = cacheSteps(ctx).flatMap(({ key, layer }) => (steps.has(key) ? digestsOfLayer(layer) : []));
  const { sizes } = await storeSizes(ctx);
  const folders = found.filter(({ Type }) => Type === 'exec.cachemount');
  const Items = found.map(({ Description, Size }) => ({ Name: Description, Size }));
  return { Kind: 'builder', Items, Size: bytesOf(going, sizes, kept) + sum(folders) };
}

const bytesOf = (digests: string[], sizes: ReadonlyMap<string, number>, kept: ReadonlySet<string>): number =>
  [...new Set(digests)]
    .filter((digest) => !kept.has(digest))
    .reduce((total, digest) => total + (sizes.get(digest) ?? 0), 0);
