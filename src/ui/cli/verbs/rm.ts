/** boxtop rm: remove containers. */
import { codeOf } from '../../../engine/index.ts';
import { atLeast, bool } from '../flags.ts';
import { PlainError } from '../plain-error.ts';
import { missingText } from '../report.ts';
import { onEach } from '../targets.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Remove one or more containers',
  flags: [
    bool('force', 'Remove a running container too (uses SIGKILL)', 'f'),
    bool('link', 'Remove the link of that name', 'l'),
    bool('volumes', "Remove the container's anonymous volumes", 'v'),
  ],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    const options = { force: flags.bool('force'), link: flags.bool('link'), volumes: flags.bool('volumes') };
    const remove = async (given: string) => {
      const name = given.replace(/^\/+|\/+$/g, '');
      if (name === '') throw new PlainError('Container name cannot be empty');
      try {
        await engine().containers.remove(name, options);
      } catch (error) {
        // with -f a missing container is said but is no failure
        if (!options.force || codeOf(error) !== 'NOT_FOUND') throw error;
        await io.stderr.write(`${missingText('container')(error, name)}\n`);
        missing.add(given);
      }
    };
    const missing = new Set<string>();
    return await onEach(args, remove, io, {
      text: missingText('container'),
      print: (name) => (missing.has(name) ? undefined : name),
    });
  },
};
