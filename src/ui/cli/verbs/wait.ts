/** boxtop wait: block until containers stop, then print their exit codes. */
import { atLeast } from '../flags.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Block until one or more containers stop, then print their exit codes',
  flags: [],
  arity: atLeast(1),
  async run({ args }, engine, io) {
    let exitCode = 0;
    for (const name of args) {
      try {
        const { StatusCode } = await engine().containers.wait(name, { signal: io.signal });
        await io.stdout.write(`${StatusCode}\n`);
      } catch (error) {
        if (io.signal.aborted) throw error;
        exitCode = 1;
        await io.stderr.write(`${daemonText(error)}\n`);
      }
    }
    return exitCode;
  },
};
