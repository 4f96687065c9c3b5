/** boxtop top: the processes of a container. */
import { tableLines } from '../../format/table.ts';
import { atLeast } from '../flags.ts';
import type { Command } from '../verb.ts';

/** Docker's columns of `top` are twenty wide. */
const MIN_WIDTH = 20;

export const command: Command = {
  usage: 'CONTAINER [ps OPTIONS]',
  summary: 'Display the running processes of a container',
  flags: [],
  arity: atLeast(1),
  stopsAtFirstArgument: true,
  async run({ args }, engine, io) {
    const [name = '', ...psArgs] = args;
    const { Titles, Processes } = await engine().containers.top(name, psArgs.length > 0 ? psArgs : undefined);
    const lines = tableLines([Titles, ...Processes], MIN_WIDTH);
    await io.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return 0;
  },
};
