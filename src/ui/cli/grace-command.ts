/** What stop and restart share: a grace time, several containers, one line each. */
import type { Containers } from '../../engine/index.ts';
import { atLeast, int, text } from './flags.ts';
import { daemonText } from './report.ts';
import { onEach } from './targets.ts';
import type { Command } from './verb.ts';

/** The command of a verb that ends containers gently; --timeout is the newer spelling of --time. */
export function graceCommand(verb: keyof Pick<Containers, 'stop' | 'restart'>, summary: string): Command {
  return {
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    summary,
    flags: [
      text('signal', 'Signal to send to the container', 's'),
      { ...int('time', 'Seconds to wait before it is killed', 't'), default: '10' },
      { ...int('timeout', ''), isHidden: true },
    ],
    arity: atLeast(1),
    async run({ flags, args }, engine, io) {
      const timeout = flags.int('time') ?? flags.int('timeout');
      const stopSignal = flags.string('signal');
      const options = {
        signal: io.signal,
        ...(timeout !== undefined && { timeout }),
        ...(stopSignal !== undefined && { stopSignal }),
      };
      return await onEach(args, (name) => engine().containers[verb](name, options), io, { text: daemonText });
    },
  };
}
