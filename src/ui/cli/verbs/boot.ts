/** boxtop boot: what the machine's start and end ask for. */
import { bool, NONE } from '../flags.ts';
import { PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Start the containers whose restart policy brings them back after a boot',
  flags: [bool('stop', 'Stop all containers instead, for the next boot to start them again')],
  arity: NONE,
  async run({ flags }, engine, io) {
    const { containers } = engine();
    const isStop = flags.bool('stop');
    const failed: string[] = [];
    for (const { Name, Error: reason } of await (isStop ? containers.shutDown() : containers.boot())) {
      if (reason === undefined) await io.stdout.write(`${Name}\n`);
      else {
        failed.push(Name);
        await io.stderr.write(`Error: ${Name}: ${reason}\n`);
      }
    }
    if (failed.length === 0) return 0;
    throw new PlainError(`Error: failed to ${isStop ? 'stop' : 'start'} containers: ${failed.join(', ')}`);
  },
};
