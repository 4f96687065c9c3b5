/** Container records: look-up by id, id prefix or name, and changes under the database's lock. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { openDocuments, openNames } from '../state/documents.ts';
import type { ContainerRecord } from '../types/containers.ts';

const ID = /^[0-9a-f]{1,64}$/;

export const containerDocuments = (ctx: Context) => openDocuments<ContainerRecord>(ctx.state, 'container');
/** Those of builds' steps, and the process that builds: each build looks for what a killed one left, and there may be hundreds of others. */
export const stepContainers = (ctx: Context) =>
  openDocuments<{ Id: string; pid: number; started: string }>(ctx.state, 'build-container');
/** Names without the leading slash. */
export const containerNames = (ctx: Context) => openNames(ctx.state, 'container');

/** Docker's order: full id, then name, then unique id prefix. Throws NOT_FOUND 'No such container: X', or INVALID_ARGUMENT when ambiguous. */
export function findContainer(ctx: Context, nameOrId: string): ContainerRecord {
  const documents = containerDocuments(ctx);
  const exact = nameOrId.length === 64 ? documents.get(nameOrId) : undefined;
  if (exact !== undefined) return exact;
  const named = containerNames(ctx).get(nameOrId.replace(/^\//, ''));
  const record = named === undefined ? undefined : documents.get(named);
  if (record !== undefined) return record;
  const [id, second] = ID.test(nameOrId) ? documents.idsWithPrefix(nameOrId) : [];
  if (id === undefined) {
    throw new EngineError('NOT_FOUND', `No such container: ${nameOrId}`, {
      hint: 'list them with: boxtop ps -a',
    });
  }
  if (second !== undefined) {
    throw new EngineError('INVALID_ARGUMENT', `Multiple IDs found with provided prefix: ${nameOrId}`, {
      hint: 'give more characters of the id, or the name',
    });
  }
  return documents.get(id)!;
}

/** Reads, changes and writes one record in a transaction. Throws NOT_FOUND when it is gone. */
export function updateContainer(
  ctx: Context,
  id: string,
  change: (record: ContainerRecord) => void,
): ContainerRecord {
  const documents = containerDocuments(ctx);
  return ctx.state.write(() => {
    const record = documents.get(id);
    if (record === undefined) throw new EngineError('NOT_FOUND', `No such container: ${id}`);
    change(record);
    documents.put(id, record);
    return record;
  });
}

/** The lock that every life-cycle change of a container holds. */
export const containerLock = (id: string): string => `container:${id}`;
