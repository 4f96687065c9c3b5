/** Lets go of what was mounted for a container outside of its own namespace. */
import type { Context } from '../context.ts';
import type { ContainerRecord } from '../types/containers.ts';

/** Volumes with driver options, and memory that is shared, are mounted by us. */
export async function releaseVolumes(ctx: Context, record: ContainerRecord): Promise<void> {
  if (record.HostConfig.IpcMode === 'shareable')
    await (await import('./shared-memory.ts')).unmountSharedMemory(ctx, record.Id);
  if (!record.Mounts.some(({ Type }) => Type === 'volume')) return;
  const { releaseMounts } = await import('../volumes/resolve.ts');
  await releaseMounts(ctx, record);
}
