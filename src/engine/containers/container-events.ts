/** Events of containers with the attributes Docker gives them. */
import type { Context } from '../context.ts';
import { recordEvent } from '../state/events.ts';
import type { ContainerRecord } from '../types/containers.ts';

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
