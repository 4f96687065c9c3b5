/** boxtop volume inspect. */

import { atLeast, text } from '../flags.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { missingText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  summary: 'Display detailed information on one or more volumes',
  flags: [text('format', 'Print with a Go template', 'f')],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    return await inspectObjects(
      args,
      async (name) => ({ object: await engine().volumes.inspect(name), kind: 'Volume' }),
      flags.string('format'),
      io,
      missingText('volume'),
    );
  },
};
