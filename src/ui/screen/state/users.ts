/** Which containers use a volume. Pure. */
import type { ContainerSummary } from '../../../engine/index.ts';

const known = new WeakMap<readonly ContainerSummary[], ReadonlyMap<string, number>>();

/** How many containers, running or not, have the volume; counted once for each list. */
export function usersOf(containers: readonly ContainerSummary[], volume: string): number {
  let counts = known.get(containers);
  if (counts === undefined) {
    counts = count(containers);
    known.set(containers, counts);
  }
  return counts.get(volume) ?? 0;
}

function count(containers: readonly ContainerSummary[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { Mounts } of containers) {
    const names = (Mounts ?? []).flatMap(({ Type, Name }) =>
      Type === 'volume' && Name !== undefined ? [Name] : [],
    );
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
