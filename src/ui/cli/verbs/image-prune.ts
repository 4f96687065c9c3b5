/** boxtop image prune: remove dangling images, or all that no container uses. */
import { bool, NONE } from '../flags.ts';
import { PRUNE_FLAGS, pruneImages, pruneOne } from '../prune.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove unused images',
  flags: [bool('all', 'Remove all unused images, not just dangling ones', 'a'), ...PRUNE_FLAGS],
  arity: NONE,
  run({ flags }, engine, io) {
    const all = flags.bool('all');
    const which = all
      ? 'all images without at least one container associated to them'
      : 'all dangling images';
    const warning = `WARNING! This will remove ${which}.\n`;
    return pruneOne(pruneImages, { kind: 'image', flags, warning, all }, engine, io);
  },
};
