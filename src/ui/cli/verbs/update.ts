/** boxtop update: change limits and the restart policy of containers, running or not. */
import { atLeast, text } from '../flags.ts';
import { updateLimits } from '../opts/resources.ts';
import { parseRestartPolicy } from '../opts/restart.ts';
import { PlainError } from '../plain-error.ts';
import { daemonText } from '../report.ts';
import { UPDATE_FLAGS } from '../resource-flags.ts';
import { onEach } from '../targets.ts';
import type { Command } from '../verb.ts';

const RESTART = text('restart', 'Restart policy to apply when a container exits');

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Update configuration of one or more containers',
  flags: [...UPDATE_FLAGS, RESTART],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    if (!command.flags.some(({ name }) => flags.has(name)))
      throw new PlainError('you must provide one or more flags when using this command');
    const restart = flags.string('restart');
    const change = {
      ...updateLimits(flags),
      ...(restart === undefined || restart === '' ? {} : { RestartPolicy: policyOf(restart) }),
    };
    const warnings: string[] = [];
    const exitCode = await onEach(
      args,
      async (name) => void warnings.push(...(await engine().containers.update(name, change)).Warnings),
      io,
      { text: daemonText },
    );
    for (const warning of warnings) await io.stdout.write(`${warning}\n`);
    return exitCode;
  },
};

function policyOf(value: string): ReturnType<typeof parseRestartPolicy> {
  try {
    return parseRestartPolicy(value);
  } catch (error) {
    throw new PlainError((error as Error).message);
  }
}
