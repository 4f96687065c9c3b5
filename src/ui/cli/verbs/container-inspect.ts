/** boxtop container inspect. */

import { atLeast, bool, text } from '../flags.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { missingText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Display detailed information on one or more containers',
  flags: [
    text('format', 'Print with a Go template', 'f'),
    bool('size', 'Show the size of what it wrote', 's'),
  ],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    return await inspectObjects(
      args,
      async (name) => ({
        object: await engine().containers.inspect(name, { size: flags.bool('size') }),
        kind: 'Container',
      }),
      flags.string('format'),
      io,
      missingText('container'),
    );
  },
};
