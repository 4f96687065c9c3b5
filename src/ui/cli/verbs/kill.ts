/** boxtop kill: send a signal to containers. */
import { EngineError } from '../../../engine/index.ts';
import { atLeast, text } from '../flags.ts';
import { daemonText } from '../report.ts';
import { onEach } from '../targets.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Kill one or more running containers',
  flags: [{ ...text('signal', 'Signal to send', 's'), default: '"KILL"' }],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    const signal = flags.string('signal') || 'KILL';
    return await onEach(args, (name) => engine().containers.kill(name, { signal }), io, {
      text: killText,
    });
  },
};

/** Docker's daemon prefixes what went wrong with the name it was asked to kill; a signal it reads before it looks for that. */
function killText(error: unknown, name: string): string {
  if (!(error instanceof EngineError) || /^(Cannot kill|Invalid signal)/.test(error.message))
    return daemonText(error);
  return `Error response from daemon: Cannot kill container: ${name}: ${error.message}`;
}
