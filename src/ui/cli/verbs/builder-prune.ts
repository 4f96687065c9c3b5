/** boxtop builder prune: remove the build cache. */
import { ramInBytes } from '../../format/units.ts';
import { bool, NONE, text } from '../flags.ts';
import { PRUNE_FLAGS, pruneBuilder, pruneOne } from '../prune.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove build cache',
  flags: [
    bool('all', 'Remove all unused build cache, not just dangling ones', 'a'),
    ...PRUNE_FLAGS,
    { ...text('keep-storage', 'Amount of disk space to keep for cache'), word: 'bytes', check: ramInBytes },
  ],
  arity: NONE,
  run({ flags }, engine, io) {
    const all = flags.bool('all');
    const which = all ? 'all build cache' : 'all dangling build cache';
    // on one line with the question, as Docker prints it
    const warning = `WARNING! This will remove ${which}. `;
    const kept = flags.string('keep-storage');
    const keepBytes = kept === undefined ? undefined : ramInBytes(kept);
    return pruneOne(pruneBuilder, { kind: 'builder', flags, warning, all, keepBytes }, engine, io);
  },
};
