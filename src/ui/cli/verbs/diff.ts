/** boxtop diff: what a container changed in its files. */
import { printable } from '../../format/printable.ts';
import { exactly } from '../flags.ts';
import type { Command } from '../verb.ts';

const LETTERS = ['C', 'A', 'D'] as const;

export const command: Command = {
  usage: 'CONTAINER',
  summary: "Inspect changes to files or directories on a container's filesystem",
  flags: [],
  arity: exactly(1),
  async run({ args }, engine, io) {
    const changes = await engine().containers.diff(args[0]!);
    // as ls: names that a terminal would obey are shown, a program gets them as they are
    const shown = io.stdout.isTty ? printable : (path: string) => path;
    await io.stdout.write(changes.map(({ Kind, Path }) => `${LETTERS[Kind]} ${shown(Path)}\n`).join(''));
    return 0;
  },
};
