/** Containers whose monitor was killed while their process lives: nobody keeps its output, nobody will know its exit code. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { hasRestartPolicy } from './restart-policy.ts';
import { ensureSupervisor, superviseContainer, supervisedIds } from './supervised.ts';

/** For State.Error of inspect. */
export const lostText = ({ Name }: ContainerRecord): string =>
  `its monitor (conmon) was killed: output and exit code are lost; start it anew with: boxtop restart ${Name}`;

/** For what needs the monitor's socket. */
export const lostError = (record: ContainerRecord): EngineError =>
  new EngineError('CONFLICT', `Container ${record.Id} can't be attached to: its monitor was killed`, {
    hint: `start it anew with: boxtop restart ${record.Name}`,
  });

/** Its end tells nobody: with a restart policy somebody must look for it. */
export function watchLost(ctx: Context, record: ContainerRecord): void {
  if (!hasRestartPolicy(record)) return;
  if (!supervisedIds(ctx).includes(record.Id)) superviseContainer(ctx, record.Id);
  ensureSupervisor(ctx);
}
