/** Connects to a running container's stdio, and tells its terminal the size. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { connectAttach } from '../runtime/attach-socket.ts';
import { resizeTerminal } from '../runtime/terminal-size.ts';
import type { AttachStream, ContainerRecord } from '../types/containers.ts';
import { containerEvent, tellingDetach } from './container-events.ts';
import { waitForExitFile } from './exit-file.ts';
import { fateOf, refresh } from './exited.ts';
import { lostError } from './lost.ts';
import { notRunningError } from './not-running-error.ts';
import { bundleDir } from './paths.ts';
import { findContainer } from './records.ts';

/** From the end of a process's output to its exit file: little, but for a busy machine. */
const ENDING_MS = 10_000;

/** Throws CONFLICT in Docker's words when it doesn't run or is paused. */
export async function attach(ctx: Context, nameOrId: string): Promise<AttachStream> {
  const record = await refresh(ctx, findContainer(ctx, nameOrId));
  if (record.State.Paused) {
    throw new EngineError('CONFLICT', 'You cannot attach to a paused container, unpause it first');
  }
  if (record.State.Restarting) {
    throw new EngineError(
      'CONFLICT',
      'You cannot attach to a restarting container, wait until it is running',
    );
  }
  if (!record.State.Running) throw stoppedError();
  if (fateOf(ctx, record) === 'lost') throw lostError(record);
  const stream = await connectRunning(ctx, record);
  if (stream === undefined) throw stoppedError();
  return stream;
}

const stoppedError = () =>
  new EngineError('CONFLICT', 'You cannot attach to a stopped container, start it first');

/** Undefined when it ends at this moment: its monitor answers nobody any more, and is about to tell the end. */
export async function connectRunning(
  ctx: Context,
  record: ContainerRecord,
): Promise<AttachStream | undefined> {
  try {
    const stream = await connectAttach(bundleDir(ctx, record.Id));
    containerEvent(ctx, record, 'attach');
    return tellingDetach(ctx, record, stream);
  } catch (error) {
    if (await waitForExitFile(ctx, record, { timeoutMs: ENDING_MS })) return undefined;
    throw error;
  }
}

/** Docker's POST /containers/ID/resize. Throws CONFLICT when it doesn't run. */
export async function resize(ctx: Context, nameOrId: string, rows: number, cols: number): Promise<void> {
  const record = findContainer(ctx, nameOrId);
  if (!record.State.Running) throw notRunningError(record.Id);
  resizeTerminal(bundleDir(ctx, record.Id), rows, cols);
  containerEvent(ctx, record, 'resize', { height: String(rows), width: String(cols) });
}
