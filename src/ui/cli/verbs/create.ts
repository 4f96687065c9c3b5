/** boxtop create: make a container without starting it. */
import { CONTAINER_FLAGS } from '../container-flags.ts';
import { createContainer, readConfig } from '../create-container.ts';
import { atLeast } from '../flags.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Create a new container',
  flags: CONTAINER_FLAGS,
  arity: atLeast(1),
  stopsAtFirstArgument: true,
  async run({ flags, args }, engine, io) {
    const id = await createContainer(
      { verb: 'create', body: readConfig(flags, args, 'create'), flags },
      engine(),
      io,
    );
    await io.stdout.write(`${id}\n`);
    return 0;
  },
};
