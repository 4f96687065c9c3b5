/** boxtop start: start stopped containers, or one with its streams attached. */
import type { Engine } from '../../../engine/index.ts';
import { checkTerminal, currentSize, readDetachKeys, relaySession } from '../attach-session.ts';
import { atLeast, bool, type FlagValues, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { PlainError } from '../plain-error.ts';
import { clientText, daemonText } from '../report.ts';
import { selfProgram } from '../self.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Start one or more stopped containers',
  flags: [
    bool('attach', 'Attach STDOUT and STDERR and pass signals on', 'a'),
    text('detach-keys', 'Key sequence that detaches from the container'),
    bool('interactive', "Attach the container's STDIN", 'i'),
    // for panes of the screen: they look for the detach keys themselves
    { ...bool('pane', ''), isHidden: true },
  ],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    if (flags.bool('attach') || flags.bool('interactive')) {
      if (args.length > 1) throw new PlainError('you cannot start and attach multiple containers at once');
      return await startAttached(args[0]!, flags, engine(), io);
    }
    const failed: string[] = [];
    for (const name of args) {
      try {
        await engine().containers.start(name, { signal: io.signal });
        await io.stdout.write(`${name}\n`);
      } catch (error) {
        failed.push(name);
        await io.stderr.write(`${daemonText(error)}\n`);
      }
    }
    if (failed.length === 0) return 0;
    throw new PlainError(`Error: failed to start containers: ${failed.join(', ')}`);
  },
};

async function startAttached(name: string, flags: FlagValues, engine: Engine, io: CliIo): Promise<number> {
  const { Id, Config, HostConfig } = await engine.containers.inspect(name).catch((error: unknown) => {
    throw new PlainError(clientText(error));
  });
  const detachKeys = await readDetachKeys(flags, engine, io);
  const tty = Config.Tty === true;
  const stdin = flags.bool('interactive') && Config.OpenStdin === true;
  checkTerminal(io, { tty, stdin });
  if (tty && io.openTerminal !== undefined) {
    const program = selfProgram(engine, ['start', stdin ? '-ai' : '-a', '--pane', Id]);
    return await io.openTerminal(program, { containerId: Id, kind: 'attach', title: name, detachKeys });
  }
  const isRemoved = (HostConfig as { AutoRemove?: boolean } | undefined)?.AutoRemove === true;
  const waiting = new AbortController();
  const exit = engine.containers.wait(Id, {
    condition: isRemoved ? 'removed' : 'next-exit',
    signal: waiting.signal,
  });
  exit.catch(() => {}); // told below, or not needed when the start fails
  try {
    const stream = await engine.containers.start(Id, {
      attach: true,
      signal: io.signal,
      ...(await currentSize(tty)),
    });
    const left = await relaySession(
      {
        stream: stream!,
        tty,
        attached: { stdin, stdout: true, stderr: true },
        detachKeys,
        isPane: flags.bool('pane'),
        sigProxy: (signal) => void engine.containers.kill(Id, { signal }).catch(() => {}),
      },
      io,
    );
    return left ?? (await exit).StatusCode;
  } finally {
    waiting.abort();
  }
}
