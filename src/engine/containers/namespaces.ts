/** Which namespaces a container has of its own, and which it shares with the host or another container. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { NetworkSetup } from '../networks/setup.ts';
import type { HostConfig } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { findContainer } from './records.ts';

const CONTAINER = 'container:';

/** OCI namespaces; those of the host are left out. Throws FAILED_PRECONDITION when the other container doesn't run. */
export function namespacesOf(
  ctx: Context,
  record: ContainerRecord,
  network: NetworkSetup,
): { type: string; path?: string }[] {
  const { HostConfig } = record;
  const namespaces: { type: string; path?: string }[] = [{ type: 'mount' }];
  if (network.netnsPath !== undefined) namespaces.push({ type: 'network', path: network.netnsPath });
  else if (network.createNew) namespaces.push({ type: 'network' });
  const add = (type: string, procName: string, mode: string | undefined) => {
    if (mode === 'host') return;
    const path = mode?.startsWith(CONTAINER)
      ? `/proc/${pidOf(ctx, mode.slice(CONTAINER.length))}/ns/${procName}`
      : undefined;
    namespaces.push(path === undefined ? { type } : { type, path });
  };
  add('uts', 'uts', HostConfig.UTSMode);
  add('pid', 'pid', HostConfig.PidMode);
  add('ipc', 'ipc', HostConfig.IpcMode);
  if (HostConfig.CgroupnsMode === 'private') namespaces.push({ type: 'cgroup' });
  return namespaces;
}

/** The host's folder to bind over /dev/shm; undefined = a tmpfs of the container's own. */
export function shmSourceOf(_ctx: Context, host: HostConfig): string | undefined {
  return host.IpcMode === 'host' ? '/dev/shm' : undefined;
}

function pidOf(ctx: Context, nameOrId: string): number {
  const other = findContainer(ctx, nameOrId);
  if (other.State.Running) return other.State.Pid;
  throw new EngineError(
    'FAILED_PRECONDITION',
    `cannot join namespaces of container ${other.Id}: it is not running`,
    {
      hint: `start it with: boxtop start ${other.Name}`,
      exitCode: 125,
    },
  );
}
