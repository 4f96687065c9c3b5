/** boxtop volume rm: remove volumes that no container uses. */
import { atLeast, bool } from '../flags.ts';
import { missingText } from '../report.ts';
import { onEach } from '../targets.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  summary: 'Remove one or more volumes',
  flags: [bool('force', 'A volume that does not exist is no error', 'f')],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    const force = flags.bool('force');
    return await onEach(args, (name) => engine().volumes.remove(name, { force }), io, {
      text: missingText('volume'),
    });
  },
};
