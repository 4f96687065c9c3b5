/** boxtop run: create and start a container, and stay with it unless -d. */
import type { Engine } from '../../../engine/index.ts';
import { checkTerminal, currentSize, readDetachKeys, relaySession } from '../attach-session.ts';
import { CONTAINER_FLAGS } from '../container-flags.ts';
import { createContainer, readConfig } from '../create-container.ts';
import { atLeast, bool, type FlagValues, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { attachedStreams } from '../opts/container-config.ts';
import { PlainError } from '../plain-error.ts';
import { startFailure } from '../report.ts';
import { selfProgram } from '../self.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Run a command in a new container',
  flags: [
    ...CONTAINER_FLAGS,
    bool('detach', 'Run in the background and print the container id', 'd'),
    text('detach-keys', 'Key sequence that detaches from the container'),
    { ...bool('sig-proxy', 'Pass signals on to the process'), default: 'true' },
  ],
  arity: atLeast(1),
  stopsAtFirstArgument: true,
  isRun: true,
  async run({ flags, args }, engine, io) {
    const isDetached = flags.bool('detach');
    const attached = attachedStreams(flags);
    if (isDetached && flags.has('attach'))
      throw new PlainError('conflicting options: cannot specify both --attach and --detach');
    checkTerminal(io, { tty: flags.bool('tty'), stdin: attached.stdin && !isDetached });
    const detachKeys = isDetached ? undefined : await readDetachKeys(flags, engine(), io);
    const body = readConfig(flags, args, 'run');
    if (isDetached)
      Object.assign(body, { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false });
    const id = await createContainer({ verb: 'run', body, flags }, engine(), io);
    if (detachKeys === undefined) {
      await startNew(id, { signal: io.signal }, engine());
      await io.stdout.write(`${id}\n`);
      return 0;
    }
    // nothing of it would be seen: its id instead
    if (!attached.stdout && !attached.stderr) await io.stdout.write(`${id}\n`);
    return await runAttached({ id, flags, detachKeys }, engine(), io);
  },
};

/** Starts it; a failure is worded as `run` words it. */
async function startNew(
  id: string,
  options: Parameters<Engine['containers']['start']>[1],
  { containers }: Engine,
): ReturnType<Engine['containers']['start']> {
  try {
    return await containers.start(id, options);
  } catch (error) {
    throw startFailure(error);
  }
}

interface NewContainer {
  id: string;
  flags: FlagValues;
  detachKeys: string;
}

async function runAttached(
  { id, flags, detachKeys }: NewContainer,
  engine: Engine,
  io: CliIo,
): Promise<number> {
  const tty = flags.bool('tty');
  const attached = attachedStreams(flags);
  if (tty && io.openTerminal !== undefined) {
    const args = ['start', attached.stdin ? '-ai' : '-a', '--pane', id];
    const title = flags.string('name') ?? id.slice(0, 12);
    return await io.openTerminal(selfProgram(engine, args), {
      containerId: id,
      kind: 'attach',
      title,
      detachKeys,
    });
  }
  // Before the start: a container with --rm is gone as soon as it ends.
  const waiting = new AbortController();
  const exit = engine.containers.wait(id, {
    condition: flags.bool('rm') ? 'removed' : 'next-exit',
    signal: waiting.signal,
  });
  exit.catch(() => {}); // told below, or not needed when the start fails
  try {
    const options = { attach: true, signal: io.signal, ...(await currentSize(tty)) };
    const stream = await startNew(id, options, engine);
    const isProxied = !tty && (!flags.has('sig-proxy') || flags.bool('sig-proxy'));
    const sigProxy = isProxied
      ? (signal: string) => void engine.containers.kill(id, { signal }).catch(() => {})
      : undefined;
    const left = await relaySession({ stream: stream!, tty, attached, detachKeys, sigProxy }, io);
    return left ?? (await exit).StatusCode;
  } finally {
    waiting.abort();
  }
}
