/** Runs one health check through the ordinary exec and records what it found. */
import { timestamp } from '../containers/clock.ts';
import { containerEvent } from '../containers/container-events.ts';
import { execCreate, execStart, execWait } from '../containers/exec/exec.ts';
import { endExec } from '../containers/exec/exec-exit.ts';
import { execDocuments } from '../containers/exec/exec-records.ts';
import { CheckOutput, healthAfter, type Probe, timeoutText } from '../containers/health-state.ts';
import { kill } from '../containers/kill.ts';
import { containerDocuments, updateContainer } from '../containers/records.ts';
import { restart, stop } from '../containers/stop.ts';
import { superviseContainer, supervisedIds, unfinishedCheck } from '../containers/supervised.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { processStart } from '../state/locks.ts';
import type { AttachStream, ContainerRecord } from '../types/containers.ts';
import type { HealthResult } from '../types/health.ts';
import { LONGEST_WAIT_MS } from './alarm.ts';
import { killExec } from './kill-exec.ts';

/** A killed process that doesn't end is stuck in the kernel. */
const KILL_TIMEOUT_MS = 5000;
/** For the rest of what a check wrote, when something it left behind keeps its output open. */
const OUTPUT_REST_MS = 100;

/** Runs it to its end or its time-out, whatever comes of it. */
export async function checkHealth(ctx: Context, record: ContainerRecord, probe: Probe): Promise<void> {
  const Start = timestamp();
  const found = await runCheck(ctx, record, probe).catch((error: unknown) => ({
    ExitCode: -1,
    Output: messageOf(error),
  }));
  const status = note(ctx, record, { Start, End: timestamp(), ...found });
  if (status === 'unhealthy') await actOnFailure(ctx, record);
}

/** A check that a killed supervisor left: it would hang about as long as the container lives. */
export async function endUnfinishedCheck(ctx: Context, id: string): Promise<void> {
  const execId = unfinishedCheck(ctx, id);
  if (execId === undefined) return;
  await endCheck(ctx, { id, execId, isHung: true });
}

type Found = Pick<HealthResult, 'ExitCode' | 'Output'>;

async function runCheck(ctx: Context, { Id: id }: ContainerRecord, probe: Probe): Promise<Found> {
  const { Id: execId } = await execCreate(ctx, id, {
    Cmd: probe.command,
    AttachStdout: true,
    AttachStderr: true,
  });
  superviseContainer(ctx, id, execId);
  const output = new CheckOutput();
  const hung = new AbortController();
  const timer = setTimeout(() => hung.abort(), Math.min(probe.timeoutMs, LONGEST_WAIT_MS));
  let stream: AttachStream | undefined;
  try {
    stream = await execStart(ctx, execId, { attach: true });
    const read = collect(stream!, output);
    const ExitCode = await execWait(ctx, execId, { signal: hung.signal });
    await Promise.race([read, new Promise((resolve) => setTimeout(resolve, OUTPUT_REST_MS))]);
    return { ExitCode, Output: output.text() };
  } catch (error) {
    if (!hung.signal.aborted) throw error;
    return { ExitCode: -1, Output: timeoutText(probe.timeoutMs) };
  } finally {
    clearTimeout(timer);
    // closed behind its end: nobody leaves it
    await endCheck(ctx, { id, execId, isHung: hung.signal.aborted }).finally(() => stream?.close());
  }
}

async function collect(stream: AttachStream, output: CheckOutput): Promise<void> {
  try {
    for await (const { data } of stream.output) output.add(data);
  } catch {
    // its monitor is gone: the exit code tells
  }
}

/** Ends what may still run of it and forgets its record: every few seconds there is another. */
async function endCheck(
  ctx: Context,
  { id, execId, isHung }: { id: string; execId: string; isHung: boolean },
): Promise<void> {
  const exec = execDocuments(ctx).get(execId);
  if (exec !== undefined) {
    if (isHung) {
      await killExec(ctx, exec);
      await execWait(ctx, execId, { signal: AbortSignal.timeout(KILL_TIMEOUT_MS) }).catch(() =>
        endExec(ctx, exec, -1),
      );
    }
    execDocuments(ctx).remove(execId);
  }
  ctx.state.write(() => {
    if (supervisedIds(ctx).includes(id)) superviseContainer(ctx, id);
  });
}

/** Writes it down unless the container has ended or was paused meanwhile; returns the status when that changed. */
function note(ctx: Context, checked: ContainerRecord, result: HealthResult): string | undefined {
  return ctx.state.write(() => {
    const current = containerDocuments(ctx).get(checked.Id);
    const { Healthcheck: check } = checked.Config;
    if (current === undefined || check === undefined) return undefined;
    const { Running, Paused, StartedAt, Health, Pid } = current.State;
    const isSameRun = Running && !Paused && StartedAt === checked.State.StartedAt;
    // a check that died with the container tells nothing
    if (!isSameRun || Health === undefined || processStart(Pid) === undefined) return undefined;
    const after = healthAfter(Health, result, { check, startedAt: StartedAt });
    const changed = updateContainer(ctx, checked.Id, ({ State }) => {
      State.Health = after;
    });
    if (after.Status === Health.Status) return undefined;
    containerEvent(ctx, changed, `health_status: ${after.Status}`);
    return after.Status;
  });
}

/** podman's --health-on-failure. Killed, its restart policy decides; stopped, it stays down. What is being stopped is left alone. */
async function actOnFailure(ctx: Context, { Id, Config }: ContainerRecord): Promise<void> {
  const record = containerDocuments(ctx).get(Id);
  if (record === undefined || record.IsEnding) return;
  switch (Config.HealthcheckOnFailureAction) {
    case 'kill':
      return kill(ctx, Id, { isByUser: false });
    case 'restart':
      return restart(ctx, Id, { isByUser: false });
    case 'stop':
      return stop(ctx, Id);
    default:
  }
}
