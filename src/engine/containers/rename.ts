/** Renames a container. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { containerEvent } from './container-events.ts';
import { renameLinks } from './links.ts';
import { checkName, claimName } from './names.ts';
import { containerNames, findContainer, updateContainer } from './records.ts';

/** Throws INVALID_ARGUMENT (bad or same name), CONFLICT (taken) in Docker's words. */
export async function rename(ctx: Context, nameOrId: string, given: string): Promise<void> {
  const { Id } = findContainer(ctx, nameOrId);
  if (given === '') throw new EngineError('INVALID_ARGUMENT', 'Neither old nor new names may be empty');
  const name = allocating(() => checkName(`/${given.replace(/^\//, '')}`));
  // one transaction, no lock: a stop would hold that through its grace time
  const from = ctx.state.write(() => {
    const { Name: oldName } = findContainer(ctx, Id);
    if (oldName === name) {
      throw new EngineError(
        'INVALID_ARGUMENT',
        'Renaming a container with the same name as its current name',
      );
    }
    allocating(() => claimName(ctx, name, Id));
    containerNames(ctx).release(oldName);
    renameLinks(ctx, findContainer(ctx, Id), name);
    const record = updateContainer(ctx, Id, (changed) => {
      changed.Name = name;
    });
    containerEvent(ctx, record, 'rename', { oldName: `/${oldName}` });
    return oldName;
  });
  await (await import('../networks/rename.ts')).renameOnNetworks(ctx, Id, { from, to: name });
}

/** Says what the name was wanted for (moby daemon/rename.go). */
function allocating<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message, hint } = error;
    throw new EngineError(code, `Error when allocating new name: ${message}`, { hint, cause: error });
  }
}
