/** boxtop network prune: remove networks that no container has. */
import { NONE } from '../flags.ts';
import { PRUNE_FLAGS, printPruned, pruneFilters, pruneNetworks } from '../prune.ts';
import type { Command } from '../verb.ts';

const QUESTION =
  'WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all unused networks',
  flags: PRUNE_FLAGS,
  arity: NONE,
  async run({ flags }, engine, io) {
    const filters = await pruneFilters(flags, engine(), io);
    if (!flags.bool('force') && !(await io.confirm(QUESTION))) return 0;
    await printPruned(await pruneNetworks(engine(), { filters, signal: io.signal }), io);
    return 0;
  },
};
