/** Events of containers with the attributes Docker gives them. */
import type { Context } from '../context.ts';
import { recordEvent } from '../state/events.ts';
import { processStart } from '../state/locks.ts';
import type { AttachStream, ContainerRecord } from '../types/containers.ts';
import { containerDocuments } from './records.ts';
import { startWatcher } from './watcher.ts';

/** Labels, image and name are always there, as in Docker; `extra` adds exitCode, signal, … */
export function containerEvent(
  ctx: Context,
  record: ContainerRecord,
  action: string,
  extra: Readonly<Record<string, string>> = {},
): void {
  recordEvent(ctx.state, {
    Type: 'container',
    Action: action,
    id: record.Id,
    attributes: { ...record.Config.Labels, image: record.Config.Image, name: record.Name, ...extra },
  });
}

/** The stream, telling when it is left while the container goes on. */
export function tellingDetach(ctx: Context, record: ContainerRecord, stream: AttachStream): AttachStream {
  let isLeft = false;
  return {
    ...stream,
    close() {
      stream.close();
      if (!isLeft && containerDocuments(ctx).get(record.Id)?.State.Running) {
        containerEvent(ctx, record, 'detach');
        startWatcher(ctx, { isForeground: false }); // maybe nobody has yet
      }
      isLeft = true;
    },
  };
}

/** The stream of an exec, telling when it is left while the process goes on. */
export function tellingExecDetach(
  ctx: Context,
  { record, execId, pid }: { record: ContainerRecord; execId: string; pid: number },
  stream: AttachStream,
): AttachStream {
  const started = processStart(pid);
  let isOver = started === undefined;
  async function* output() {
    yield* stream.output;
    isOver = true;
  }
  return {
    ...stream,
    output: output(),
    close() {
      stream.close();
      if (!isOver && processStart(pid) === started)
        containerEvent(ctx, record, 'exec_detach', { execID: execId });
      isOver = true;
    },
  };
}
