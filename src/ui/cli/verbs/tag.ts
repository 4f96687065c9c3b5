/** boxtop tag: give an image another name. */
import { exactly } from '../flags.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  flags: [],
  arity: exactly(2),
  async run({ args }, engine) {
    await engine().images.tag(args[0]!, args[1]!);
    return 0;
  },
};
