/** boxtop exec: run a command in a running container. */
import { codeOf, type Engine, EngineError } from '../../../engine/index.ts';
import { checkTerminal, currentSize, readDetachKeys, relaySession } from '../attach-session.ts';
import { callerEnvironment, readKeyValueFile } from '../caller.ts';
import { atLeast, bool, type FlagValues, list, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { parseEnv, parseKeyValueFile } from '../opts/key-values.ts';
import { PlainError } from '../plain-error.ts';
import { clientText, withHint } from '../report.ts';
import { selfProgram } from '../self.ts';
import type { Command } from '../verb.ts';

/** 128 + SIGKILL. */
const KILLED = 137;

export const command: Command = {
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  summary: 'Run a command in a running container',
  flags: [
    bool('detach', 'Run in the background', 'd'),
    text('detach-keys', 'Key sequence that detaches from the command'),
    { ...list('env', 'Set an environment variable', 'e'), check: (value) => parseEnv(value, {}) },
    list('env-file', 'Read environment variables from a file'),
    bool('interactive', 'Keep STDIN open even if not attached', 'i'),
    // for panes of the screen: they look for the detach keys themselves
    { ...bool('pane', ''), isHidden: true },
    bool('privileged', 'Give all privileges to the command'),
    bool('tty', 'Allocate a pseudo-TTY', 't'),
    text('user', 'Name or id, <name|uid>[:<group|gid>]', 'u'),
    text('workdir', 'Working directory inside the container', 'w'),
  ],
  arity: atLeast(2),
  stopsAtFirstArgument: true,
  async run({ flags, args }, engine, io) {
    const [name = '', ...program] = args;
    const isDetached = flags.bool('detach');
    const detachKeys = isDetached ? undefined : await readDetachKeys(flags, engine(), io);
    if (flags.bool('tty') && io.openTerminal !== undefined && detachKeys !== undefined) {
      const { Id: containerId } = await engine().containers.inspect(name);
      const again = selfProgram(engine(), [
        'exec',
        '--pane',
        ...spelledFlags(flags),
        containerId,
        ...program,
      ]);
      return await io.openTerminal(again, {
        containerId,
        kind: 'exec',
        title: `${name} ${program[0] ?? ''}`,
        detachKeys,
      });
    }
    await engine()
      .containers.inspect(name)
      .catch((error: unknown) => {
        throw new PlainError(clientText(error));
      });
    checkTerminal(io, { tty: flags.bool('tty'), stdin: flags.bool('interactive') && !isDetached });
    const { Id } = await engine().containers.execCreate(name, execBody(flags, program));
    if (detachKeys !== undefined) return await runAttached({ execId: Id, flags, detachKeys }, engine(), io);
    await engine().containers.execStart(Id, { signal: io.signal });
    return 0;
  },
};

function execBody(flags: FlagValues, Cmd: string[]) {
  const environment = callerEnvironment();
  const env = [
    ...flags
      .list('env-file')
      .flatMap((path) => parseKeyValueFile(readKeyValueFile(path, 'env'), (name) => environment[name])),
    ...flags.list('env').map((value) => parseEnv(value, environment)),
  ];
  const user = flags.string('user');
  const directory = flags.string('workdir');
  const keys = flags.string('detach-keys');
  const isDetached = flags.bool('detach');
  return {
    Cmd,
    Tty: flags.bool('tty'),
    Privileged: flags.bool('privileged'),
    AttachStdin: flags.bool('interactive') && !isDetached,
    AttachStdout: !isDetached,
    AttachStderr: !isDetached,
    ...(env.length > 0 && { Env: env }),
    ...(user !== undefined && { User: user }),
    ...(directory !== undefined && { WorkingDir: directory }),
    ...(keys !== undefined && { DetachKeys: keys }),
  };
}

interface NewExec {
  execId: string;
  flags: FlagValues;
  detachKeys: string;
}

async function runAttached(
  { execId, flags, detachKeys }: NewExec,
  engine: Engine,
  io: CliIo,
): Promise<number> {
  const tty = flags.bool('tty');
  const options = { attach: true, signal: io.signal, ...(await currentSize(tty)) };
  const stream = await engine.containers.execStart(execId, options).catch((error: unknown) => {
    throw execFailure(error);
  });
  const attached = { stdin: flags.bool('interactive'), stdout: true, stderr: true };
  const left = await relaySession(
    { stream: stream!, tty, attached, detachKeys, detachedStatus: 1, isPane: flags.bool('pane') },
    io,
  );
  return left ?? (await engine.containers.execWait(execId).catch(killedWithContainer));
}

/** Removed with its container, its record tells nothing any more. */
function killedWithContainer(error: unknown): number {
  if (codeOf(error) !== 'NOT_FOUND') throw error;
  return KILLED;
}

/** A program that could not be started: the runtime's words and status 126 or 127. */
function execFailure(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.exitCode === undefined) return error;
  return new PlainError(withHint(error.message, error), error.exitCode);
}

/** The flags again, for the same command in a terminal pane. */
function spelledFlags(flags: FlagValues): string[] {
  const switches = ['interactive', 'privileged', 'tty']
    .filter((name) => flags.bool(name))
    .map((name) => `--${name}`);
  const values = ['user', 'workdir'].flatMap((name) => {
    const value = flags.string(name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  const lists = ['env', 'env-file'].flatMap((name) => flags.list(name).map((value) => `--${name}=${value}`));
  return [...switches, ...values, ...lists];
}
