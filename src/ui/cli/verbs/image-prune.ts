/** boxtop image prune: remove dangling images, or all that no container uses. */
import { bool, NONE } from '../flags.ts';
import { filters } from '../opts/key-values.ts';
import { mayPrune, PRUNE_FLAGS, printPruned } from '../prune.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove unused images',
  flags: [bool('all', 'Remove all unused images, not just dangling ones', 'a'), ...PRUNE_FLAGS],
  arity: NONE,
  async run({ flags }, engine, io) {
    const all = flags.bool('all');
    const warning = all
      ? 'This will remove all images without at least one container associated to them.'
      : 'This will remove all dangling images.';
    const { ImagesDeleted, SpaceReclaimed } = (await mayPrune(warning, flags, io))
      ? await engine().images.prune({ all, filters: filters(flags.list('filter')) })
      : { ImagesDeleted: [], SpaceReclaimed: 0 };
    const lines = ImagesDeleted.map((item) =>
      'Untagged' in item ? `untagged: ${item.Untagged}` : `deleted: ${item.Deleted}`,
    );
    await printPruned('Deleted Images:', lines, SpaceReclaimed, io);
    return 0;
  },
};
