/** Whose bytes are whose: images, containers, build cache and leases share layers and archives. Pure. */

/** All by digest: of a layer unpacked, of an archive or configuration as a file; what has both has their sum. */
export interface StoreFacts {
  sizes: ReadonlyMap<string, number>;
  /** downloads that go on or were cut */
  ingestBytes: number;
  images: readonly { id: string; parent: string; digests: readonly string[] }[];
  containers: readonly { image: string; layers: readonly string[] }[];
  steps: readonly { digests: readonly string[]; isInUse: boolean }[];
  leased: ReadonlySet<string>;
}

interface Part {
  TotalSize: number;
  Reclaimable: number;
}

export interface ImageUsage {
  images: Part & { of(id: string): { size: number; shared: number } };
  /** the steps of the build cache that nothing else has */
  cache: Part;
}

/**
 * Reclaimable is what `system prune -a` removes, were no container removed before. What an image and a step have counts for the image
 * (Docker's "shared"): `image prune -a` alone leaves it to the cache.
 */
export function imageUsage(facts: StoreFacts): ImageUsage {
  const { sizes, images, containers, steps } = facts;
  const holders = new Map<string, number>();
  for (const { digests } of images)
    for (const digest of new Set(digests)) holders.set(digest, (holders.get(digest) ?? 0) + 1);
  const ofContainers = new Set(containers.flatMap(({ layers }) => layers));
  const ofSteps = new Set(steps.flatMap(({ digests }) => digests));
  const kept = new Set([...facts.leased, ...ofContainers, ...keptByImages(facts)]);
  const ofUsedSteps = new Set(steps.filter(({ isInUse }) => isInUse).flatMap(({ digests }) => digests));
  const total = { images: facts.ingestBytes, cache: 0 };
  const reclaimable = { images: 0, cache: 0 };
  for (const [digest, bytes] of sizes) {
    const part =
      ofSteps.has(digest) && !holders.has(digest) && !ofContainers.has(digest) ? 'cache' : 'images';
    total[part] += bytes;
    if (!kept.has(digest) && !ofUsedSteps.has(digest)) reclaimable[part] += bytes;
  }
  const bytesOf = (digests: Iterable<string>) =>
    [...digests].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
  const byId = new Map(images.map(({ id, digests }) => [id, new Set(digests)]));
  return {
    images: {
      TotalSize: total.images,
      Reclaimable: reclaimable.images,
      of: (id) => {
        const own = [...(byId.get(id) ?? [])];
        return { size: bytesOf(own), shared: bytesOf(own.filter((digest) => holders.get(digest)! > 1)) };
      },
    },
    cache: { TotalSize: total.cache, Reclaimable: reclaimable.cache },
  };
}

/** Digests of images that have a container, and of those that they were made from. */
function keptByImages({ images, containers }: StoreFacts): string[] {
  const byId = new Map(images.map((image) => [image.id, image]));
  const keep = new Set<string>();
  for (const { image } of containers) {
    for (let id = image; id !== '' && !keep.has(id); id = byId.get(id)?.parent ?? '') keep.add(id);
  }
  return [...keep].flatMap((id) => byId.get(id)?.digests ?? []);
}
