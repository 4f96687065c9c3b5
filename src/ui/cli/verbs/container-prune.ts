/** boxtop container prune: remove all stopped containers. */
import { NONE } from '../flags.ts';
import { PRUNE_FLAGS, pruneContainers, pruneOne } from '../prune.ts';
import type { Command } from '../verb.ts';

const WARNING = 'WARNING! This will remove all stopped containers.\n';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all stopped containers',
  flags: PRUNE_FLAGS,
  arity: NONE,
  run: ({ flags }, engine, io) =>
    pruneOne(pruneContainers, { kind: 'container', flags, warning: WARNING }, engine, io),
};
