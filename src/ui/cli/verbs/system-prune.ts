/** boxtop system prune: remove what nothing uses, of all kinds. */
import type { Filters } from '../../../engine/index.ts';
import { bool, NONE } from '../flags.ts';
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
} from '../prune.ts';
import { INTERRUPTED, PlainError } from '../report.ts';
import type { Command } from '../verb.ts';

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
    if (!flags.bool('force') && !(await io.confirm(question({ all, volumes, filters })))) return 0;
    // Docker's order: what goes first lets go of what comes after
    const prunes = [
      pruneContainers,
      pruneNetworks,
      ...(volumes ? [pruneVolumes] : []),
      pruneImages,
      pruneBuilder,
    ];
    let bytes = 0;
    for (const prune of prunes) {
      if (io.signal.aborted) break;
      const pruned = await prune(engine(), { all, filters, signal: io.signal });
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
