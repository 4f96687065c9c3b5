/** The order of the containers. Pure. */
import type { ContainerRow } from './rows.ts';
import type { Sorting, Usage } from './types.ts';

const KEYS: readonly Sorting['key'][] = ['created', 'name', 'state', 'cpu', 'memory'];

/** The next key; what is large or new comes first, names from a to z. */
export function nextSorting({ key }: Sorting): Sorting {
  return { key: KEYS[(KEYS.indexOf(key) + 1) % KEYS.length]!, isReversed: false };
}

/** True when the order follows samples: then all running containers are sampled, not only those on the screen. */
export const needsUsage = ({ key }: Sorting): boolean => key === 'cpu' || key === 'memory';

/** The rows in order; equal ones stay as they are (newest first). */
export function sorted(
  rows: readonly ContainerRow[],
  { key, isReversed }: Sorting,
  usage: ReadonlyMap<string, Usage>,
): ContainerRow[] {
  const compare = COMPARE[key];
  const out = key === 'created' ? [...rows] : rows.toSorted((a, b) => compare(a, b, usage));
  return isReversed ? out.reverse() : out;
}

/** The last sample of one that has ended since tells nothing. */
const usedBy = (
  { id, item: { State } }: ContainerRow,
  usage: ReadonlyMap<string, Usage>,
): Usage | undefined => (State === 'running' || State === 'paused' ? usage.get(id) : undefined);

type Compare = (a: ContainerRow, b: ContainerRow, usage: ReadonlyMap<string, Usage>) => number;

const STATES = ['running', 'restarting', 'paused', 'created', 'exited', 'removing', 'dead'];

const COMPARE: Readonly<Record<Sorting['key'], Compare>> = {
  created: (a, b) => b.item.Created - a.item.Created,
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
  state: (a, b) => STATES.indexOf(a.item.State) - STATES.indexOf(b.item.State),
  cpu: (a, b, usage) => (usedBy(b, usage)?.cpu ?? -1) - (usedBy(a, usage)?.cpu ?? -1),
  memory: (a, b, usage) => (usedBy(b, usage)?.memoryBytes ?? -1) - (usedBy(a, usage)?.memoryBytes ?? -1),
};
