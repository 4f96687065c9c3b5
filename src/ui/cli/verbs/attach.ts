/** boxtop attach: connect to a running container's streams. */

import { lastOutput } from '../../terminal/replay.ts';
import { checkTerminal, readDetachKeys, relaySession } from '../attach-session.ts';
import { bool, exactly, text } from '../flags.ts';
import { PlainError } from '../plain-error.ts';
import { clientText } from '../report.ts';
import { selfProgram } from '../self.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER',
  summary: 'Attach local standard input, output, and error streams to a running container',
  flags: [
    text('detach-keys', 'Key sequence that detaches from the container'),
    bool('no-stdin', "Don't attach STDIN"),
    // For panes: they look for the detach keys themselves, and start empty, so that the screen the terminal had is drawn first.
    { ...bool('pane', ''), isHidden: true },
    { ...bool('sig-proxy', 'Pass signals on to the process'), default: 'true' },
  ],
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    const name = args[0]!;
    const detachKeys = await readDetachKeys(flags, engine(), io);
    const { containers } = engine();
    const { Id, State, Config } = await containers.inspect(name).catch((error: unknown) => {
      throw new PlainError(clientText(error));
    });
    if (State.Restarting)
      throw new PlainError('You cannot attach to a restarting container, wait until it is running');
    if (!State.Running) throw new PlainError('You cannot attach to a stopped container, start it first');
    if (State.Paused) throw new PlainError('You cannot attach to a paused container, unpause it first');
    const tty = Config.Tty === true;
    const stdin = Config.OpenStdin === true && !flags.bool('no-stdin');
    checkTerminal(io, { tty, stdin });
    if (tty && io.openTerminal !== undefined) {
      return await io.openTerminal(
        selfProgram(engine(), ['attach', '--pane', ...(stdin ? [] : ['--no-stdin']), Id]),
        { containerId: Id, kind: 'attach', title: name, detachKeys },
      );
    }
    const isPane = flags.bool('pane');
    const isProxied = !flags.has('sig-proxy') || flags.bool('sig-proxy');
    const sigProxy = isProxied
      ? (signal: string) => void containers.kill(Id, { signal }).catch(() => {})
      : undefined;
    const waiting = new AbortController();
    const exit = containers.wait(Id, { signal: waiting.signal });
    exit.catch(() => {}); // told below, or not needed when we detach
    try {
      const stream = await containers.attach(Id);
      const attached = { stdin, stdout: true, stderr: true };
      const replay = tty && isPane ? await lastOutput(containers, Id) : undefined;
      const left = await relaySession(
        { stream, tty, attached, detachKeys, detachedStatus: 1, isPane, sigProxy, redraw: true, replay },
        io,
      );
      return left ?? (await exit).StatusCode;
    } finally {
      waiting.abort();
    }
  },
};
