/** What the prune verbs share: filters, the warning and its question, what went, the reclaimed space. */
import type { Engine, Filters, PruneKind, RemovedImage } from '../../engine/index.ts';
import { humanSize } from '../format/units.ts';
import { clientList } from './client-config.ts';
import { bool, type Flag, type FlagValues, list } from './flags.ts';
import type { About, CliIo } from './io.ts';
import { checkFilter, filters } from './opts/key-values.ts';
import { INTERRUPTED } from './plain-error.ts';
import { aboutPrune } from './prune-plan.ts';

export const PRUNE_FLAGS: readonly Flag[] = [
  { ...list('filter', 'Prune only what fits the condition'), word: 'filter', check: checkFilter },
  bool('force', "Don't ask first", 'f'),
];

export interface PruneScope {
  all?: boolean;
  filters: Filters;
  /** of the build cache */
  keepBytes?: number;
  signal: AbortSignal;
}

/** One kind's part of a prune: 'Deleted Containers:' with a line each. */
export interface Pruned {
  title: string;
  lines: readonly string[];
  bytes: number;
}

export async function pruneContainers({ containers }: Engine, scope: PruneScope): Promise<Pruned> {
  const { ContainersDeleted: lines, SpaceReclaimed: bytes } = await containers.prune(scope);
  return { title: 'Deleted Containers:', lines, bytes };
}

export async function pruneNetworks({ networks }: Engine, scope: PruneScope): Promise<Pruned> {
  return { title: 'Deleted Networks:', lines: (await networks.prune(scope)).NetworksDeleted, bytes: 0 };
}

export async function pruneVolumes({ volumes }: Engine, scope: PruneScope): Promise<Pruned> {
  const { VolumesDeleted: lines, SpaceReclaimed: bytes } = await volumes.prune(scope);
  return { title: 'Deleted Volumes:', lines, bytes };
}

export async function pruneImages({ images }: Engine, scope: PruneScope): Promise<Pruned> {
  const { ImagesDeleted, SpaceReclaimed: bytes } = await images.prune(scope);
  return { title: 'Deleted Images:', lines: ImagesDeleted.map(imageLine), bytes };
}

const imageLine = (item: RemovedImage): string =>
  'Untagged' in item ? `untagged: ${item.Untagged}` : `deleted: ${item.Deleted}`;

export async function pruneBuilder({ builder }: Engine, scope: PruneScope): Promise<Pruned> {
  const { CachesDeleted: lines, SpaceReclaimed: bytes } = await builder.prune(scope);
  return { title: 'Deleted build cache objects:', lines, bytes };
}

/** A verb that prunes one kind. `warning` is the first part of its question. */
export async function pruneOne(
  prune: (engine: Engine, scope: PruneScope) => Promise<Pruned>,
  asked: { kind: PruneKind; flags: FlagValues; warning: string; all?: boolean; keepBytes?: number },
  engine: () => Engine,
  io: CliIo,
): Promise<number> {
  const { kind, flags, warning, all = false, keepBytes } = asked;
  const filters = await pruneFilters(flags, engine(), io);
  const scope = { all, filters, signal: io.signal, ...(keepBytes !== undefined && { keepBytes }) };
  const isSure =
    flags.bool('force') ||
    (await io.confirm(`${warning}Are you sure you want to continue? [y/N] `, () =>
      whatGoes(engine(), [kind], scope),
    ));
  const pruned = isSure ? await prune(engine(), scope) : { title: '', lines: [], bytes: 0 };
  await printPruned(pruned, io);
  await printTotal(pruned.bytes, io);
  return io.signal.aborted ? INTERRUPTED : 0;
}

/** For a question that shows it. */
export const whatGoes = async (
  { system }: Engine,
  kinds: readonly PruneKind[],
  scope: PruneScope,
): Promise<About | undefined> => aboutPrune(await system.prunePlan(kinds, scope));

/** Nothing when nothing went. */
export async function printPruned({ title, lines }: Pruned, io: CliIo): Promise<void> {
  if (lines.length > 0) await io.stdout.write(`${title}\n${lines.join('\n')}\n\n`);
}

export const printTotal = (bytes: number, io: CliIo): Promise<void> =>
  io.stdout.write(`Total reclaimed space: ${humanSize(bytes)}\n`);

/**
 * --filter, and `pruneFilters` of config.json; there, what --filter says the contrary of does not count (docker/cli
 * command.PruneFilters).
 */
export async function pruneFilters(flags: FlagValues, engine: Engine, io: CliIo): Promise<Filters> {
  const given = filters(flags.list('filter'));
  const { values = [], warning } = clientList(engine.paths.dockerConfig, 'pruneFilters');
  if (warning !== undefined) await io.stderr.write(`${warning}\n`);
  const contrary: Record<string, string> = { label: 'label!', 'label!': 'label' };
  const merged: Filters = { ...given };
  for (const item of values) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(item) ?? [];
    if (name === '' || given[contrary[name] ?? '']?.includes(value)) continue;
    merged[name] = [...new Set([...(merged[name] ?? []), value])];
  }
  return merged;
}
