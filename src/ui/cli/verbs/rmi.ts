/** boxtop rmi: untag and remove images. */
import { codeOf, type RemovedImage } from '../../../engine/index.ts';
import { atLeast, bool } from '../flags.ts';
import { missingText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Remove one or more images',
  flags: [
    bool('force', 'Remove although a stopped container uses it', 'f'),
    bool('no-prune', "Don't remove untagged parents"),
  ],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    const options = { force: flags.bool('force'), noPrune: flags.bool('no-prune') };
    let exitCode = 0;
    for (const name of args) {
      try {
        await io.stdout.write(removedText(await engine().images.remove(name, options)));
      } catch (error) {
        if (!options.force || codeOf(error) !== 'NOT_FOUND') exitCode = 1;
        await io.stderr.write(`${missingText('image')(error, name)}\n`);
      }
    }
    return exitCode;
  },
};

/** 'Untagged: …' and 'Deleted: …', a line each. */
export function removedText(removed: readonly RemovedImage[]): string {
  return removed
    .map((item) => ('Untagged' in item ? `Untagged: ${item.Untagged}\n` : `Deleted: ${item.Deleted}\n`))
    .join('');
}
