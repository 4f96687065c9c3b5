/** Which namespaces a container has of its own, and which it shares with the host or another container. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { NetworkSetup } from '../networks/setup.ts';
import type { HostConfig } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { findContainer } from './records.ts';

const CONTAINER = 'container:';

/** The container a mode names; undefined for other modes. */
const joined = (mode: string | undefined): string | undefined =>
  mode?.startsWith(CONTAINER) ? mode.slice(CONTAINER.length) : undefined;

/**
 * The modes that share another container's namespace, with its id: its name may change. Throws NOT_FOUND when it is not there, as Docker's
 * create does.
 */
export function joinedModes(ctx: Context, hostConfig: HostConfig): HostConfig {
  const modes: HostConfig = {};
  for (const mode of ['NetworkMode', 'IpcMode', 'PidMode'] as const) {
    const name = joined(hostConfig[mode]);
    if (name !== undefined) modes[mode] = CONTAINER + findContainer(ctx, name).Id;
  }
  return modes;
}

/** OCI namespaces; those of the host are left out. Throws CONFLICT in Docker's words when the other container doesn't run. */
export function namespacesOf(
  ctx: Context,
  record: ContainerRecord,
  network: NetworkSetup,
): { type: string; path?: string }[] {
  const { HostConfig } = record;
  const namespaces: { type: string; path?: string }[] = [{ type: 'mount' }];
  if (network.netnsPath !== undefined) namespaces.push({ type: 'network', path: network.netnsPath });
  else if (network.createNew) namespaces.push({ type: 'network' });
  const add = (type: string, mode: string | undefined, find: (name: string) => ContainerRecord) => {
    if (mode === 'host') return;
    const name = joined(mode);
    namespaces.push(
      name === undefined ? { type } : { type, path: `/proc/${find(name).State.Pid}/ns/${type}` },
    );
  };
  add('uts', HostConfig.UTSMode, (name) => running(ctx, name));
  add('pid', HostConfig.PidMode, (name) => running(ctx, name));
  add('ipc', HostConfig.IpcMode, (name) => ipcDonor(ctx, name));
  if (HostConfig.CgroupnsMode === 'private') namespaces.push({ type: 'cgroup' });
  return namespaces;
}

/** The host's folder to bind over /dev/shm; undefined = a tmpfs of the container's own. */
export async function shmSourceOf(ctx: Context, record: ContainerRecord): Promise<string | undefined> {
  const { IpcMode } = record.HostConfig;
  if (IpcMode === 'host') return '/dev/shm';
  const name = joined(IpcMode);
  if (name === undefined && IpcMode !== 'shareable') return undefined;
  const { mountSharedMemory, sharedMemoryPath } = await import('./shared-memory.ts');
  return name === undefined ? mountSharedMemory(ctx, record) : sharedMemoryPath(ctx, ipcDonor(ctx, name).Id);
}

function running(ctx: Context, nameOrId: string): ContainerRecord {
  const other = findContainer(ctx, nameOrId);
  if (other.State.Running) return other;
  throw new EngineError('CONFLICT', `container ${other.Id} is not running`, {
    hint: `start it with: boxtop start ${other.Name}`,
    exitCode: 125,
  });
}

/** moby getIpcContainer. */
function ipcDonor(ctx: Context, nameOrId: string): ContainerRecord {
  const other = findContainer(ctx, nameOrId);
  const { Id } = other;
  const refuse = (why: string, hint?: string) =>
    new EngineError('CONFLICT', `can't join IPC of container ${Id}: ${why}`, { hint, exitCode: 125 });
  if (!other.State.Running)
    throw refuse(`container ${Id} is not running`, `start it with: boxtop start ${other.Name}`);
  if (other.HostConfig.IpcMode !== 'shareable')
    throw refuse('non-shareable IPC (hint: use IpcMode:shareable for the donor container)');
  return other;
}
