/** boxtop commit: a container's changes become an image. */
import { finish } from '../../../engine/index.ts';
import { between, bool, list, text } from '../flags.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  summary: "Create a new image from a container's changes",
  flags: [
    text('author', 'Author of the image', 'a'),
    list('change', 'Apply a Dockerfile instruction to the image', 'c'),
    text('message', 'Message for the image', 'm'),
    { ...bool('pause', 'Pause the container meanwhile', 'p'), default: 'true' },
  ],
  arity: between(1, 2),
  async run({ flags, args }, engine, io) {
    const [name = '', reference] = args;
    const author = flags.string('author');
    const message = flags.string('message');
    const job = engine().containers.commit(name, {
      pause: !flags.has('pause') || flags.bool('pause'),
      changes: flags.list('change'),
      signal: io.signal,
      ...(reference && { reference }),
      ...(author !== undefined && { author }),
      ...(message !== undefined && { message }),
    });
    const { imageId } = await finish(job, io.onProgress);
    await io.stdout.write(`${imageId}\n`);
    return 0;
  },
};
