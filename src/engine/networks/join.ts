/** `--network container:ID`: the namespace of another container. */
import { findContainer } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { NetworkSetup } from './setup.ts';

/** Throws NOT_FOUND, CONFLICT in Docker's words (daemon/container_operations.go). */
export function joinContainer(ctx: Context, record: ContainerRecord, nameOrId: string): NetworkSetup {
  const target = findContainer(ctx, nameOrId);
  if (target.Id === record.Id) throw conflict('cannot join own network');
  if (!target.State.Running || target.State.Pid <= 0)
    throw conflict(`cannot join network of a non running container: ${target.Id}`);
  if (target.State.Restarting)
    throw conflict(`Container ${target.Id} is restarting, wait until the container is running`);
  return {
    netnsPath: `/proc/${target.State.Pid}/ns/net`,
    createNew: false,
    networks: {},
    ports: {},
    sandboxKey: '',
    sharedWith: target.Id,
  };
}

function conflict(message: string): EngineError {
  return new EngineError('CONFLICT', message, { hint: 'start that container first' });
}
