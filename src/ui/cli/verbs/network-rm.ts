/** boxtop network rm: remove networks that no running container is on. */
import { codeOf } from '../../../engine/index.ts';
import { atLeast, bool } from '../flags.ts';
import { missingText } from '../report.ts';
import { onEach } from '../targets.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: 'NETWORK [NETWORK...]',
  summary: 'Remove one or more networks',
  flags: [bool('force', 'A network that does not exist is no error', 'f')],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    const missing = new Set<string>();
    const remove = async (name: string) => {
      try {
        await engine().networks.remove(name);
      } catch (error) {
        if (!flags.bool('force') || codeOf(error) !== 'NOT_FOUND') throw error;
        missing.add(name);
      }
    };
    return await onEach(args, remove, io, {
      text: missingText('network'),
      print: (name) => (missing.has(name) ? undefined : name),
    });
  },
};
