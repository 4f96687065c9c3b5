/** boxtop image inspect. */

import { atLeast, text } from '../flags.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { missingText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Display detailed information on one or more images',
  flags: [text('format', 'Print with a Go template', 'f')],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    return await inspectObjects(
      args,
      async (name) => ({ object: await engine().images.inspect(name), kind: 'Image' }),
      flags.string('format'),
      io,
      missingText('image'),
    );
  },
};
