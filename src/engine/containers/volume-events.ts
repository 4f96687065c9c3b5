/** Events of the volumes that a container takes and gives back, with the attributes Docker gives them. */
import type { Context } from '../context.ts';
import { recordEvent } from '../state/events.ts';
import type { ContainerRecord } from '../types/containers.ts';

export function volumeEvents(ctx: Context, record: ContainerRecord, action: 'mount' | 'unmount'): void {
  for (const { Type, Name, Driver = 'local', Destination, Propagation, RW } of record.Mounts) {
    if (Type !== 'volume' || Name === undefined) continue;
    const place = { destination: Destination, propagation: Propagation, 'read/write': String(RW) };
    recordEvent(ctx.state, {
      Type: 'volume',
      Action: action,
      id: Name,
      attributes: { container: record.Id, driver: Driver, ...(action === 'mount' ? place : {}) },
    });
  }
}
