/** boxtop unpause: let paused containers go on. */
import { atLeast } from '../flags.ts';
import { daemonText } from '../report.ts';
import { onEach } from '../targets.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Unpause all processes within one or more containers',
  flags: [],
  arity: atLeast(1),
  async run({ args }, engine, io) {
    return await onEach(args, (name) => engine().containers.unpause(name), io, { text: daemonText });
  },
};
