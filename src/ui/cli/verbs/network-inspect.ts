/** boxtop network inspect. */

import { atLeast, bool, text } from '../flags.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { missingText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  summary: 'Display detailed information on one or more networks',
  flags: [text('format', 'Print with a Go template', 'f'), { ...bool('verbose', '', 'v'), isHidden: true }],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    return await inspectObjects(
      args,
      async (name) => ({ object: await engine().networks.inspect(name), kind: 'Network' }),
      flags.string('format'),
      io,
      missingText('network'),
    );
  },
};
