/** boxtop export: a container's files as a tar archive. */
import { exactly, text } from '../flags.ts';
import { PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';
import { writeFileAside } from '../write-aside.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER',
  summary: "Export a container's filesystem as a tar archive",
  flags: [text('output', 'Write to a file instead of STDOUT', 'o')],
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    const path = flags.string('output') || undefined;
    if (path === undefined && io.stdout.isTty) {
      throw new PlainError('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    }
    const start = () => engine().containers.export(args[0]!, { signal: io.signal });
    if (path !== undefined) await writeFileAside(path, start, io.signal);
    else for await (const chunk of await start()) await io.stdout.write(chunk as Uint8Array);
    return 0;
  },
};
