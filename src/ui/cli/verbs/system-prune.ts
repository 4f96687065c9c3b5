/** boxtop system prune: remove what nothing uses, of all kinds. */
import type { Filters, PruneKind } from '../../../engine/index.ts';
import { bool, NONE } from '../flags.ts';
import { INTERRUPTED, PlainError } from '../plain-error.ts';
import {
  PRUNE_FLAGS,
  printPruned,
  printTotal,
  pruneBuilder,
  pruneContainers,
  pruneFilters,
  pruneImages,
  pruneNetworks,
  pruneVolumes,
  whatGoes,
} from '../prune.ts';
import type { Command } from '../verb.ts';

/** Docker's: what goes first lets go of what comes after. */
const ORDER: readonly PruneKind[] = ['container', 'network', 'volume', 'image', 'builder'];

const PRUNES = {
  container: pruneContainers,
  network: pruneNetworks,
  volume: pruneVolumes,
  image: pruneImages,
  builder: pruneBuilder,
} as const;

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove unused data',
  flags: [
    bool('all', 'Remove all unused images not just dangling ones', 'a'),
    ...PRUNE_FLAGS,
    bool('volumes', 'Prune volumes'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const all = flags.bool('all');
    const volumes = flags.bool('volumes');
    const filters = await pruneFilters(flags, engine(), io);
    if (volumes && filters['until'] !== undefined)
      throw new PlainError('ERROR: The "until" filter is not supported with "--volumes"');
    const scope = { all, filters, signal: io.signal };
    const kinds = ORDER.filter((kind) => kind !== 'volume' || volumes);
    const ask = () => io.confirm(question({ all, volumes, filters }), () => whatGoes(engine(), kinds, scope));
    if (!flags.bool('force') && !(await ask())) return io.signal.aborted ? INTERRUPTED : 0;
    let bytes = 0;
    for (const kind of kinds) {
      if (io.signal.aborted) break;
      const pruned = await PRUNES[kind](engine(), scope);
      bytes += pruned.bytes;
      await printPruned(pruned, io);
    }
    await printTotal(bytes, io);
    return io.signal.aborted ? INTERRUPTED : 0;
  },
};

/** Docker's words (docker/cli command/system/prune.go). */
export function question(scope: { all: boolean; volumes: boolean; filters: Filters }): string {
  const { all, volumes, filters } = scope;
  const going = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'all dangling build cache',
  ];
  const filtered = ['label', 'label!', 'until']
    .flatMap((name) => (filters[name] ?? []).map((value) => `${name}=${value}`))
    .sort();
  return [
    'WARNING! This will remove:',
    ...going.map((what) => `  - ${what}`),
    '',
    ...(filtered.length === 0
      ? []
      : ['  Items to be pruned will be filtered with:', ...filtered.map((text) => `  - ${text}`), '']),
    'Are you sure you want to continue? [y/N] ',
  ].join('\n');
}
