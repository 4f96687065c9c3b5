/** How a container's record changes when its process has ended, and when a pending restart is called off. */
import type { Context } from '../context.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { timestamp } from './clock.ts';
import { uncheckedHealth } from './health-state.ts';
import { updateContainer } from './records.ts';
import { restartDelayMs } from './restart-policy.ts';
import { unsuperviseContainer } from './supervised.ts';

/** The end of the process; with `mayRestart` its policy is asked, whose answer is in State.Restarting. */
export function recordEnd(
  record: ContainerRecord,
  { exitCode, isOom, mayRestart }: { exitCode: number; isOom: boolean; mayRestart: boolean },
): void {
  const { State } = record;
  const nowMs = Date.now();
  const ranMs = nowMs - Date.parse(State.StartedAt);
  const delayMs = mayRestart ? restartDelayMs(record, { exitCode, ranMs }) : undefined;
  Object.assign(State, {
    Status: delayMs === undefined ? 'exited' : 'restarting',
    Running: false,
    Paused: false,
    Restarting: delayMs !== undefined,
    Pid: 0,
    ExitCode: exitCode,
    OOMKilled: isOom,
    FinishedAt: timestamp(),
  });
  if (State.Health !== undefined) State.Health = uncheckedHealth(State.Health);
  if (delayMs !== undefined) {
    record.RestartCount += 1;
    record.Restart = { delayMs, dueAtMs: nowMs + delayMs };
  }
  record.NetworkSettings = { Ports: {}, Networks: record.NetworkSettings.Networks, SandboxKey: '' };
  record.ExecIDs = [];
}

/** Calls a pending restart off: the container stays as it ended. `byUser`: until the user starts it. The caller holds its lock. */
export function cancelRestart(ctx: Context, id: string, { byUser }: { byUser: boolean }): ContainerRecord {
  return ctx.state.write(() => {
    unsuperviseContainer(ctx, id);
    return updateContainer(ctx, id, (record) => {
      record.State.Status = 'exited';
      record.State.Restarting = false;
      if (record.Restart !== undefined) record.Restart = { delayMs: record.Restart.delayMs };
      if (byUser) record.StoppedByUser = true;
    });
  });
}
