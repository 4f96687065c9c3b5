/** boxtop volume prune: remove volumes that no container uses. */
import { bool, NONE } from '../flags.ts';
import { filters } from '../opts/key-values.ts';
import { mayPrune, PRUNE_FLAGS, printPruned } from '../prune.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all unused local volumes',
  flags: [...PRUNE_FLAGS, { ...bool('all', '', 'a'), isHidden: true }],
  arity: NONE,
  async run({ flags }, engine, io) {
    const isSure = await mayPrune(
      'This will remove all local volumes not used by at least one container.',
      flags,
      io,
    );
    const { VolumesDeleted, SpaceReclaimed } = isSure
      ? await engine().volumes.prune({ filters: filters(flags.list('filter')) })
      : { VolumesDeleted: [], SpaceReclaimed: 0 };
    await printPruned('Deleted Volumes:', VolumesDeleted, SpaceReclaimed, io);
    return 0;
  },
};
