/** What the supervisor does for one container, for as long as it needs it. */
import { handleExit, hasEnded } from '../containers/exited.ts';
import { type Probe, probeOf } from '../containers/health-state.ts';
import { lifeOf } from '../containers/monitor.ts';
import { containerDocuments, containerLock } from '../containers/records.ts';
import { hasRestartPolicy } from '../containers/restart-policy.ts';
import { startRecord } from '../containers/start.ts';
import { unsuperviseContainer } from '../containers/supervised.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { Alarm } from './alarm.ts';
import { checkHealth, endUnfinishedCheck } from './health-check.ts';

/** A process whose monitor was killed tells nobody when it ends. */
const LOST_CHECK_MS = 1000;
/** Nothing but a change can make something due. */
const IDLE_MS = 60_000;

/** Resolves when the container needs nobody any more. The alarm rings when its record changed. */
export async function lookAfter(ctx: Context, id: string, alarm: Alarm): Promise<void> {
  await endUnfinishedCheck(ctx, id);
  const schedule = new Schedule();
  for (;;) {
    const record = needyRecord(ctx, id);
    if (record === undefined) return;
    if (record.State.Restarting) await restartWhenDue(ctx, record, alarm);
    else if (hasEnded(ctx, record)) await handleExit(ctx, id);
    else await checkWhenDue(ctx, record, { schedule, alarm });
  }
}

/** The record while there is something to do for it; else it is struck off the list, in the same transaction. */
function needyRecord(ctx: Context, id: string): ContainerRecord | undefined {
  return ctx.state.write(() => {
    const record = containerDocuments(ctx).get(id);
    if (record !== undefined && isNeedy(ctx, record)) return record;
    unsuperviseContainer(ctx, id);
    return undefined;
  });
}

function isNeedy(ctx: Context, record: ContainerRecord): boolean {
  const { State } = record;
  if (State.Restarting || (State.Running && State.Health !== undefined)) return true;
  return State.Running && hasRestartPolicy(record) && lifeOf(ctx, record.Id) !== 'monitored';
}

/** The wait is measured by the steady clock and never longer than the delay: the wall clock may be set back meanwhile. */
async function restartWhenDue(ctx: Context, record: ContainerRecord, alarm: Alarm): Promise<void> {
  const { delayMs = 0, dueAtMs = 0 } = record.Restart ?? {};
  const waitMs = Math.max(0, Math.min(delayMs, dueAtMs - Date.now()));
  if (waitMs > 0 && (await alarm.wait(waitMs))) return; // look again
  await withLock(ctx.state, containerLock(record.Id), async () => {
    const current = containerDocuments(ctx).get(record.Id);
    if (current?.State.Restarting !== true) return; // called off meanwhile
    // Docker gives up too; the reason is in the record's State.Error
    await startRecord(ctx, current, { isRestart: true }).catch((error: unknown) =>
      process.stderr.write(`${record.Id}: ${messageOf(error)}\n`),
    );
  });
}

/** When the next check of a run of the container is due. */
class Schedule {
  #run = '';
  #dueMs = 0;
  #isOpen = false;

  /** Milliseconds until the next check: an interval after the start, after the last check, and after a pause. */
  waitMs({ State }: ContainerRecord, probe: Probe): number {
    const nowMs = performance.now();
    if (this.#run !== State.StartedAt) {
      const ranMs = Math.max(0, Date.now() - Date.parse(State.StartedAt));
      this.#run = State.StartedAt;
      this.#dueMs = nowMs + Math.max(0, probe.intervalMs - ranMs);
    } else if (!this.#isOpen) this.#dueMs = nowMs + probe.intervalMs;
    this.#isOpen = true;
    return Math.max(0, this.#dueMs - nowMs);
  }

  /** After a check, and while it is paused. */
  close(): void {
    this.#isOpen = false;
  }
}

async function checkWhenDue(
  ctx: Context,
  record: ContainerRecord,
  { schedule, alarm }: { schedule: Schedule; alarm: Alarm },
): Promise<void> {
  const probe = probeOf(record.Config);
  if (probe === undefined || record.State.Paused) {
    schedule.close();
    const isLost = lifeOf(ctx, record.Id) === 'lost';
    return void (await alarm.wait(isLost ? LOST_CHECK_MS : IDLE_MS));
  }
  const waitMs = schedule.waitMs(record, probe);
  if (waitMs > 0 && (await alarm.wait(waitMs))) return;
  const now = containerDocuments(ctx).get(record.Id)?.State;
  if (now?.Running !== true || now.Paused || now.StartedAt !== record.State.StartedAt) return;
  await checkHealth(ctx, record, probe);
  schedule.close();
}
