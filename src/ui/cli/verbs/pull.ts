/** boxtop pull: fetch an image from its registry. */
import { bool, exactly, text } from '../flags.ts';
import { familiar, showJob } from '../pull-progress.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  summary: 'Pull an image or a repository from a registry',
  flags: [
    bool('all-tags', 'Pull all tags of the repository', 'a'),
    { ...bool('disable-content-trust', ''), isHidden: true },
    text('platform', 'Platform of the image, os/arch[/variant]'),
    bool('quiet', 'Print only the name of the image', 'q'),
  ],
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    const name = args[0]!;
    const allTags = flags.bool('all-tags');
    const platform = flags.string('platform');
    if (!flags.bool('quiet') && !allTags && !/[:@][^/]*$/.test(name))
      await io.stdout.write('Using default tag: latest\n');
    const job = engine().images.pull(name, {
      allTags,
      signal: io.signal,
      ...(platform !== undefined && { platform }),
    });
    const silent = { ...io.stdout, isTty: false, write: async () => {} };
    const results = await showJob(job, io, flags.bool('quiet') ? silent : io.stdout);
    for (const { reference } of results) {
      await io.stdout.write(`${flags.bool('quiet') || !allTags ? reference : familiar(reference)}\n`);
    }
    return 0;
  },
};
