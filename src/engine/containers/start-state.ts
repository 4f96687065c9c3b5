/** How a container's record changes with its start, and with one that failed. */
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { NetworkSetup } from '../networks/setup.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { NEVER, timestamp } from './clock.ts';
import { containerEvent } from './container-events.ts';
import { probeOf, startingHealth } from './health-state.ts';
import { containerDocuments, updateContainer } from './records.ts';
import { superviseContainer, unsuperviseContainer } from './supervised.ts';
import { volumeEvents } from './volume-events.ts';

/** What `run` ends with when the engine refused. */
const CLIENT_FAILED = 125;

/** The process is there and about to run. */
export function noteRunning(
  ctx: Context,
  id: string,
  { pid, network, isRestart }: { pid: number; network: NetworkSetup; isRestart: boolean },
): void {
  ctx.state.write(() => {
    const record = updateContainer(ctx, id, (changed) => {
      changed.State = {
        ...changed.State,
        Status: 'running',
        Running: true,
        Paused: false,
        Restarting: false,
        OOMKilled: false,
        Dead: false,
        Pid: pid,
        ExitCode: 0,
        Error: '',
        StartedAt: timestamp(),
        FinishedAt: changed.State.FinishedAt || NEVER,
      };
      if (isChecked(changed)) changed.State.Health = startingHealth(changed.State.Health);
      forgetRestarts(changed, isRestart);
      changed.NetworkSettings = {
        Ports: network.ports,
        Networks: network.networks,
        SandboxKey: network.sandboxKey,
        Sandbox: network.sandbox,
      };
    });
    volumeEvents(ctx, record, 'mount');
    containerEvent(ctx, record, 'start');
    if (isChecked(record)) superviseContainer(ctx, id);
    else unsuperviseContainer(ctx, id);
  });
}

/** What the user starts begins anew; the policy's own starts are counted. */
function forgetRestarts(record: ContainerRecord, isRestart: boolean): void {
  record.StoppedByUser = false;
  delete record.RestartCanceled;
  delete record.IsEnding;
  delete record.RestartedBy;
  if (isRestart && record.Restart !== undefined) record.Restart = { delayMs: record.Restart.delayMs };
  if (isRestart) return;
  delete record.Restart;
  record.RestartCount = 0;
}

/** Whether its health is. A step of a build's is not. */
export const isChecked = ({ Config, Build }: ContainerRecord): boolean =>
  Build === undefined && probeOf(Config) !== undefined;

/** Docker keeps such a container in 'created' (or 'exited') with the error in its state. */
export function noteFailure(ctx: Context, id: string, error: unknown): void {
  if (containerDocuments(ctx).get(id) === undefined) return;
  updateContainer(ctx, id, ({ State }) => {
    // 125 is what the client ends with; Docker records 128 for all that is not the program's own fault
    const own = error instanceof EngineError ? error.exitCode : undefined;
    const exitCode = own === CLIENT_FAILED ? undefined : own;
    Object.assign(State, {
      Status: State.Restarting
        ? 'exited'
        : State.StartedAt === NEVER || State.Running
          ? 'created'
          : State.Status,
      Running: false,
      Pid: 0,
      Error: messageOf(error),
      ExitCode: State.Restarting ? State.ExitCode : (exitCode ?? 128),
      Restarting: false,
    });
  });
}
