/** Sends signals to a container's process. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { chooseRuntime, runtimeCommand } from '../runtime/runtime.ts';
import { withLock } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { waitForExitFile } from './exit-file.ts';
import { reconcile } from './exited.ts';
import { containerLock, findContainer, updateContainer } from './records.ts';
import { parseSignal } from './signals.ts';

const SIGKILL = 9;
/** A killed process that doesn't end is stuck in the kernel. */
const KILL_TIMEOUT_MS = 10_000;

/** Docker's POST /containers/ID/kill. Throws CONFLICT in Docker's words when it doesn't run. */
export async function kill(ctx: Context, nameOrId: string, options: { signal?: string } = {}): Promise<void> {
  const number = parseSignal(options.signal ?? 'SIGKILL');
  const { Id } = findContainer(ctx, nameOrId);
  await withLock(ctx.state, containerLock(Id), async () => {
    const record = await reconcile(ctx, findContainer(ctx, Id));
    if (!record.State.Running) {
      throw new EngineError('CONFLICT', `Cannot kill container: ${nameOrId}: Container ${Id} is not running`);
    }
    if (number === SIGKILL) {
      noteUserStop(ctx, Id);
      await killLocked(ctx, record);
    } else {
      sendSignal(ctx, record, number);
    }
  });
}

/** Kills the process, paused or not, and records the end. The caller holds the lock. */
export async function killLocked(
  ctx: Context,
  record: ContainerRecord,
  how: { keep?: boolean } = {},
): Promise<ContainerRecord> {
  sendSignal(ctx, record, SIGKILL);
  if (record.State.Paused) {
    await runtimeCommand(chooseRuntime(ctx, record.HostConfig.Runtime), ['resume', record.Id]);
  }
  const isOver = await waitForExitFile(ctx, record.Id, { timeoutMs: KILL_TIMEOUT_MS });
  if (!isOver) {
    throw new EngineError('UNAVAILABLE', `container ${record.Id} did not end after SIGKILL`, {
      hint: 'its process waits for the kernel (a hung disk or network file system?); try again later',
    });
  }
  return reconcile(ctx, record, how);
}

/** To the container's first process: its pid is ours to signal, and the record's lock keeps it from being another's. */
export function sendSignal(ctx: Context, record: ContainerRecord, signal: number): void {
  try {
    process.kill(record.State.Pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  containerEvent(ctx, record, 'kill', { signal: String(signal) });
}

export function noteUserStop(ctx: Context, id: string): void {
  updateContainer(ctx, id, (record) => {
    record.StoppedByUser = true;
  });
}
