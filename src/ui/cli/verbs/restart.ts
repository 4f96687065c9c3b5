/** boxtop restart: stop and start containers. */
import { atLeast, int } from '../flags.ts';
import { daemonText } from '../report.ts';
import { onEach } from '../targets.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Restart one or more containers',
  flags: [
    { ...int('time', 'Seconds to wait before it is killed', 't'), default: '10' },
    { ...int('timeout', ''), isHidden: true },
  ],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    const timeout = flags.int('time') ?? flags.int('timeout');
    const options = { signal: io.signal, ...(timeout !== undefined && { timeout }) };
    return await onEach(args, (name) => engine().containers.restart(name, options), io, { text: daemonText });
  },
};
