/** boxtop network disconnect. */
import { bool, exactly } from '../flags.ts';
import { PlainError } from '../plain-error.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] NETWORK CONTAINER',
  summary: 'Disconnect a container from a network',
  flags: [bool('force', 'Taken, and without a meaning here', 'f')],
  arity: exactly(2),
  async run({ args }, engine) {
    const [network = '', Container = ''] = args;
    try {
      await engine().networks.disconnect(network, { Container });
    } catch (error) {
      throw new PlainError(daemonText(error));
    }
    return 0;
  },
};
