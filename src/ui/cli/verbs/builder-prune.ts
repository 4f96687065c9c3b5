/** boxtop builder prune: remove the build cache. */
import { bool, NONE } from '../flags.ts';
import { PRUNE_FLAGS, pruneBuilder, pruneOne } from '../prune.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove build cache',
  flags: [bool('all', 'Remove all unused build cache, not just dangling ones', 'a'), ...PRUNE_FLAGS],
  arity: NONE,
  run({ flags }, engine, io) {
    const all = flags.bool('all');
    const which = all ? 'all build cache' : 'all dangling build cache';
    // on one line with the question, as Docker prints it
    const warning = `WARNING! This will remove ${which}. `;
    return pruneOne(pruneBuilder, { kind: 'builder', flags, warning, all }, engine, io);
  },
};
