/** boxtop push: send an image to its registry. */
import { bool, exactly } from '../flags.ts';
import { showJob } from '../pull-progress.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] NAME[:TAG]',
  summary: 'Push an image or a repository to a registry',
  flags: [
    bool('all-tags', 'Push all tags of the repository', 'a'),
    { ...bool('disable-content-trust', ''), isHidden: true },
    bool('quiet', 'Print only the name of the image', 'q'),
  ],
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    const name = args[0]!;
    const isQuiet = flags.bool('quiet');
    const hasTag = /:[^/]*$/.test(name);
    if (!isQuiet && !hasTag && !flags.bool('all-tags')) await io.stdout.write('Using default tag: latest\n');
    const job = engine().images.push(name, { allTags: flags.bool('all-tags'), signal: io.signal });
    const silent = { ...io.stdout, isTty: false, write: async () => {} };
    await showJob(job, io, isQuiet ? silent : io.stdout);
    if (isQuiet) await io.stdout.write(`${name}${hasTag ? '' : ':latest'}\n`);
    return 0;
  },
};
