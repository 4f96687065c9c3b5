/** Renames a container. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import { containerEvent } from './container-events.ts';
import { checkName, claimName } from './names.ts';
import { containerLock, containerNames, findContainer, updateContainer } from './records.ts';

/** Throws INVALID_ARGUMENT (bad or same name), CONFLICT (taken) in Docker's words. */
export async function rename(ctx: Context, nameOrId: string, given: string): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  if (given === '') throw new EngineError('INVALID_ARGUMENT', 'Neither old nor new names may be empty');
  const name = checkName(given);
  await withLock(ctx.state, containerLock(Id), async () => {
    ctx.state.write(() => {
      const { Name: oldName } = findContainer(ctx, Id);
      if (oldName === name) {
        throw new EngineError(
          'INVALID_ARGUMENT',
          'Renaming a container with the same name as its current name',
        );
      }
      claimName(ctx, name, Id);
      containerNames(ctx).release(oldName);
      const record = updateContainer(ctx, Id, (changed) => {
        changed.Name = name;
      });
      containerEvent(ctx, record, 'rename', { oldName: `/${oldName}` });
    });
  });
}
