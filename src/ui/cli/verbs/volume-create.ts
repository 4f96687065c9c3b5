/** boxtop volume create. */
import { atMost, list, text } from '../flags.ts';
import { checkLabel, keyValues } from '../opts/key-values.ts';
import { PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] [VOLUME]',
  summary: 'Create a volume',
  flags: [
    { ...text('driver', 'Driver of the volume', 'd'), default: '"local"' },
    { ...list('label', 'Set a label'), check: checkLabel },
    { ...text('name', ''), isHidden: true },
    { ...list('opt', 'Option of the driver', 'o'), word: 'map' },
  ],
  arity: atMost(1),
  async run({ flags, args }, engine, io) {
    const named = flags.string('name');
    if (args[0] !== undefined && named !== undefined) {
      throw new PlainError('conflicting options: either specify --name or provide positional arg, not both');
    }
    const name = args[0] ?? named;
    const { Name } = await engine().volumes.create({
      Driver: flags.string('driver') ?? 'local',
      DriverOpts: keyValues(flags.list('opt')),
      Labels: keyValues(flags.list('label')),
      ...(name !== undefined && { Name: name }),
    });
    await io.stdout.write(`${Name}\n`);
    return 0;
  },
};
