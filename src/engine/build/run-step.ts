/** RUN: the command in a container over the state so far; what it changed becomes a layer. */
import { randomBytes } from 'node:crypto';
import { createFromImage } from '../containers/create.ts';
import { handleExit } from '../containers/exited.ts';
import { ENGINE_MOUNT_POINTS } from '../containers/mount-points.ts';
import { areaKey } from '../containers/paths.ts';
import { remove } from '../containers/remove.ts';
import { start } from '../containers/start.ts';
import { wait } from '../containers/wait.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { storeLayer } from '../images/layers.ts';
import type { ContainerCreate, HostConfig } from '../types/config.ts';
import type { OutputStream } from '../types/containers.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { commandOf } from './dockerfile/metadata.ts';
import type { RunMounts } from './run-mounts.ts';
import { envOf, type LayerEntry, runConfigOf, type StageState } from './stage-state.ts';

export type RunInstruction = Extract<Instruction, { kind: 'run' }>;

export interface RunStep {
  state: StageState;
  instruction: RunInstruction;
  mounts: RunMounts;
  /** proxies and other predefined arguments: in the environment, not in the key */
  extraEnv: readonly string[];
  host: Pick<HostConfig, 'NetworkMode' | 'ExtraHosts' | 'ShmSize'>;
  onOutput(stream: OutputStream, data: Buffer): void;
  signal?: AbortSignal;
}

/** The command ended with a code that is not 0. */
export class RunFailedError extends EngineError {
  constructor(command: readonly string[], exitCode: number) {
    const shown = command.join(' ').trim();
    super(
      'FAILED_PRECONDITION',
      `process ${JSON.stringify(shown)} did not complete successfully: exit code: ${exitCode}`,
      { exitCode },
    );
  }
}

/** argv of a RUN; a heredoc is the script, or the input the command's own `<<` asks the shell for (builder reference, "Here-documents"). */
export function runCommandOf({ command, heredocs }: RunInstruction, state: StageState): string[] {
  const config = runConfigOf(state);
  if (heredocs.length === 0) return commandOf(command, config) ?? [];
  const line = command.args[0] ?? '';
  const isScript = heredocs.length === 1 && /^\d*<<-?\s*(['"]?)[^\s'"]+\1$/.test(line.trim());
  const contents = heredocs.map(({ name, content }) => `${content}${name}`).join('\n');
  const text = isScript ? heredocs[0]!.content : `${line}\n${contents}`;
  const interpreter = isScript ? /^#!\s*(\S+)[ \t]*(.*)\n/.exec(text) : null;
  if (interpreter === null) return commandOf({ args: [text], isShell: true }, config)!;
  // the kernel's #! rule, without a file: the interpreter gets the script as a here-string of the shell
  const [, program = '', argument = ''] = interpreter;
  const mark = `boxtop_${randomBytes(8).toString('hex')}`;
  const fed = `exec ${program} ${argument} /dev/stdin <<'${mark}'\n${text}${mark}\n`;
  return ['/bin/sh', '-c', fed];
}

/** Runs the step and stores its layer. Throws RunFailedError, CANCELED; the container is gone in every case. */
export async function runStep(ctx: Context, step: RunStep): Promise<LayerEntry> {
  const command = runCommandOf(step.instruction, step.state);
  const { state, mounts, signal } = step;
  const image = {
    Id: state.baseId,
    config: state.image,
    layers: [...state.layers],
    parent: '',
    lastTagTime: '',
  };
  const { Id } = await createFromImage(ctx, image, containerOf(step, command), { isBuild: true });
  try {
    signal?.throwIfAborted();
    const exitCode = await runToEnd(ctx, Id, step);
    if (signal?.aborted) throw new EngineError('CANCELED', 'build canceled');
    if (exitCode !== 0) throw new RunFailedError(command, exitCode);
    await mounts.cleanTargets(Id);
    const exclude = [...ENGINE_MOUNT_POINTS, ...mounts.targets];
    const tar = await (await ctx.layers()).diffTar(areaKey(Id), { exclude, signal });
    return await storeLayer(ctx, tar, { signal });
  } finally {
    await remove(ctx, Id, { force: true, volumes: true });
  }
}

function containerOf({ state, mounts, extraEnv, host }: RunStep, command: string[]): ContainerCreate {
  const config = runConfigOf(state);
  const env = envOf(state);
  const args = [...state.args].filter(([name]) => !env.has(name)).map(([name, value]) => `${name}=${value}`);
  return {
    Image: state.baseId,
    Cmd: command,
    Entrypoint: [],
    Env: [...(config.Env ?? []), ...args, ...extraEnv, ...mounts.env],
    User: config.User,
    WorkingDir: config.WorkingDir,
    AttachStdout: true,
    AttachStderr: true,
    // the image's own check and volumes are for its containers: a RUN writes below a VOLUME into its layer
    Healthcheck: { Test: ['NONE'] },
    HostConfig: { ...host, Binds: mounts.binds, Tmpfs: mounts.tmpfs },
  };
}

async function runToEnd(ctx: Context, id: string, step: RunStep): Promise<number> {
  const stream = await start(ctx, id, { attach: true });
  const stop = () =>
    void import('../containers/kill.ts')
      .then(({ kill }) => kill(ctx, id, { signal: 'KILL' }))
      .catch(() => {});
  step.signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const { stream: name, data } of stream!.output) step.onOutput(name, data);
    const { StatusCode } = await wait(ctx, id);
    await handleExit(ctx, id);
    return StatusCode;
  } finally {
    step.signal?.removeEventListener('abort', stop);
  }
}
