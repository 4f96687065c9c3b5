/** RUN: the command in a container over the state so far; what it changed becomes a layer. */
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
import { findProgram } from '../runtime/runtime.ts';
import type { ContainerCreate, HostConfig } from '../types/config.ts';
import type { OutputStream } from '../types/containers.ts';
import { findStubs, stubsOnly } from './mount-stubs.ts';
import { type RunInstruction, runCommandOf } from './run-command.ts';
import type { RunMounts } from './run-mounts.ts';
import { type LayerEntry, runConfigOf, type StageState, visibleArgs } from './stage-state.ts';

export interface RunStep {
  state: StageState;
  instruction: RunInstruction;
  mounts: RunMounts;
  /** proxies and other predefined arguments: in the environment, not in the key */
  extraEnv: readonly string[];
  host: Pick<HostConfig, 'NetworkMode' | 'ExtraHosts' | 'ShmSize'>;
  onOutput(stream: OutputStream, data: Buffer): Promise<void>;
  signal?: AbortSignal;
}

/** The command ended with a code that is not 0. */
class RunFailedError extends EngineError {
  constructor(command: readonly string[], exitCode: number) {
    const shown = command.join(' ').trim();
    super(
      'FAILED_PRECONDITION',
      `process ${JSON.stringify(shown)} did not complete successfully: exit code: ${exitCode}`,
      { exitCode },
    );
  }
}

/** A RUN that forks for ever must not take the machine with it; a big parallel compilation has some hundreds of processes. */
const PIDS_LIMIT = 8192;

/** Runs the step and stores its layer. Throws RunFailedError, CANCELED; the container is gone in every case. */
export async function runStep(ctx: Context, step: RunStep): Promise<LayerEntry> {
  const command = runCommandOf(step.instruction, step.state);
  const { state, mounts, signal } = step;
  const image = {
    Id: state.baseId,
    // its entry point, check and volumes are for its containers: a RUN writes below a VOLUME into its layer, as BuildKit's
    config: { ...state.image, config: {} },
    layers: [...state.layers],
    parent: '',
  };
  const store = await ctx.layers();
  const stubs = await findStubs(store, state.layers, mounts.targets);
  const { Id } = await createFromImage(ctx, image, containerOf(step, command), { isBuild: true });
  try {
    signal?.throwIfAborted();
    const exitCode = await runToEnd(ctx, Id, step);
    if (signal?.aborted) throw new EngineError('CANCELED', 'build canceled');
    if (exitCode !== 0) throw new RunFailedError(command, exitCode);
    const changes = await store.diff(areaKey(Id));
    const exclude = [...ENGINE_MOUNT_POINTS, ...mounts.targets, ...stubsOnly(stubs, changes)];
    const tar = await store.diffTar(areaKey(Id), { exclude, signal });
    return await storeLayer(ctx, tar, { signal, isPlain: true });
  } finally {
    await remove(ctx, Id, { force: true, volumes: true });
  }
}

function containerOf({ state, mounts, extraEnv, host }: RunStep, command: string[]): ContainerCreate {
  const config = runConfigOf(state);
  const args = visibleArgs(state).map(([name, value]) => `${name}=${value}`);
  return {
    Image: state.baseId,
    Cmd: command,
    Env: [...(config.Env ?? []), ...args, ...extraEnv, ...mounts.env],
    User: config.User,
    WorkingDir: config.WorkingDir,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      ...host,
      Binds: mounts.binds,
      Tmpfs: mounts.tmpfs,
      ...(mounts.secret !== undefined && { Runtime: forgetfulRuntime() }),
      PidsLimit: PIDS_LIMIT,
      // what it prints goes to whoever builds; a log would fill the disk
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/** crun writes a copy of config.json, with the variables, into its state folder; runc keeps them in memory. */
const forgetfulRuntime = () => (findProgram('runc') === undefined ? undefined : 'runc');

async function runToEnd(ctx: Context, id: string, step: RunStep): Promise<number> {
  const stream = await start(ctx, id, { attach: true, secret: step.mounts.secret });
  const stop = () =>
    void import('../containers/kill.ts')
      .then(({ kill }) => kill(ctx, id, { signal: 'KILL' }))
      .catch(() => {});
  step.signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const { stream: name, data } of stream!.output) await step.onOutput(name, data);
    const { StatusCode } = await wait(ctx, id);
    await handleExit(ctx, id);
    return StatusCode;
  } finally {
    step.signal?.removeEventListener('abort', stop);
  }
}
