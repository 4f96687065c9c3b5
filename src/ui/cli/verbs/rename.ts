/** boxtop rename: give a container another name. */
import { exactly } from '../flags.ts';
import { PlainError } from '../plain-error.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: 'CONTAINER NEW_NAME',
  summary: 'Rename a container',
  flags: [],
  arity: exactly(2),
  async run({ args }, engine) {
    const [name = '', next = ''] = args.map((arg) => arg.trim());
    if (name === '' || next === '') throw new PlainError('Error: Neither old nor new names may be empty');
    try {
      await engine().containers.rename(name, next);
    } catch (error) {
      throw new PlainError(`${daemonText(error)}\nError: failed to rename container named ${name}`);
    }
    return 0;
  },
};
