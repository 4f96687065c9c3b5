/** boxtop builder prune: remove the build cache. */
import { bool, NONE } from '../flags.ts';
import { filters } from '../opts/key-values.ts';
import { mayPrune, PRUNE_FLAGS, printPruned } from '../prune.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove build cache',
  flags: [bool('all', 'Remove all unused build cache, not just dangling ones', 'a'), ...PRUNE_FLAGS],
  arity: NONE,
  async run({ flags }, engine, io) {
    const all = flags.bool('all');
    const warning = all ? 'This will remove all build cache.' : 'This will remove all dangling build cache.';
    const { CachesDeleted, SpaceReclaimed } = (await mayPrune(warning, flags, io))
      ? await engine().builder.prune({ all, filters: filters(flags.list('filter')) })
      : { CachesDeleted: [], SpaceReclaimed: 0 };
    await printPruned('Deleted build cache objects:', CachesDeleted, SpaceReclaimed, io);
    return 0;
  },
};
