/** boxtop volume prune: remove volumes that no container uses. */
import { bool, NONE } from '../flags.ts';
import { PRUNE_FLAGS, pruneOne, pruneVolumes } from '../prune.ts';
import type { Command } from '../verb.ts';

const WARNING = 'WARNING! This will remove all local volumes not used by at least one container.\n';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all unused local volumes',
  // all of them anyway, as Docker 20.10 does; later ones need --all for those with a name
  flags: [...PRUNE_FLAGS, { ...bool('all', '', 'a'), isHidden: true }],
  arity: NONE,
  run: ({ flags }, engine, io) =>
    pruneOne(pruneVolumes, { kind: 'volume', flags, warning: WARNING }, engine, io),
};
