/** boxtop container prune: remove all stopped containers. */
import { NONE } from '../flags.ts';
import { filters } from '../opts/key-values.ts';
import { mayPrune, PRUNE_FLAGS, printPruned } from '../prune.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all stopped containers',
  flags: PRUNE_FLAGS,
  arity: NONE,
  async run({ flags }, engine, io) {
    const isSure = await mayPrune('This will remove all stopped containers.', flags, io);
    const { ContainersDeleted, SpaceReclaimed } = isSure
      ? await engine().containers.prune({ filters: filters(flags.list('filter')) })
      : { ContainersDeleted: [], SpaceReclaimed: 0 };
    await printPruned('Deleted Containers:', ContainersDeleted, SpaceReclaimed, io);
    return 0;
  },
};
