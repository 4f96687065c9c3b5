/** Words the failure of an exec whose container ends at the same moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { EngineError } from '../../errors.ts';
import { isUnexplained } from '../../runtime/create-error.ts';
import { processStart } from '../../state/locks.ts';
import type { ContainerRecord } from '../../types/containers.ts';
import { fateOf } from '../exited.ts';
import { notRunningError } from '../not-running-error.ts';
import { containerDocuments } from '../records.ts';

/** A container that is killed takes the runtime's own processes in it along, before its monitor can tell. */
const GOING_MS = 500;
const LOOK_EVERY_MS = 10;

/**
 * Docker's CONFLICT of a container that isn't running, when the exec failed for that; else the error itself. What runtime, monitor and
 * file system say of a container that is just being killed or removed may be anything.
 */
export async function execFailure(ctx: Context, record: ContainerRecord, error: unknown): Promise<unknown> {
  const deadline = performance.now() + (mayComeOfEnd(error) ? GOING_MS : 0);
  while (!hasGone(ctx, record)) {
    if (performance.now() >= deadline) return error;
    await sleep(LOOK_EVERY_MS);
  }
  return error instanceof EngineError && error.code === 'CANCELED'
    ? error
    : notRunningError(record.Id, error);
}

/** Also one that was started again since, and one whose monitor has yet to tell the end. */
function hasGone(ctx: Context, { Id, State }: ContainerRecord): boolean {
  const now = containerDocuments(ctx).get(Id);
  if (now === undefined || now.State.StartedAt !== State.StartedAt) return true;
  const fate = fateOf(ctx, now);
  return fate === 'down' || fate === 'ended' || processStart(now.State.Pid) === undefined;
}

const mayComeOfEnd = (error: unknown): boolean =>
  !(error instanceof EngineError) ||
  error.code === 'UNAVAILABLE' ||
  error.code === 'FAILED_PRECONDITION' ||
  isUnexplained(error.message);
