/** /dev/shm of a container with `--ipc shareable`: a tmpfs of the host's, so that others can have it too. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { mountPoints } from '../volumes/mount-table.ts';

/** Where it is mounted while the container runs. */
export const sharedMemoryPath = (ctx: Context, id: string): string => join(ctx.paths.runRoot, 'shm', id);

/** Mounts it anew for a start; returns its path. What a killed start left is replaced. */
export async function mountSharedMemory(
  ctx: Context,
  { Id, HostConfig }: Pick<ContainerRecord, 'Id' | 'HostConfig'>,
): Promise<string> {
  await unmountSharedMemory(ctx, Id);
  const folder = sharedMemoryPath(ctx, Id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const options = `nosuid,nodev,noexec,mode=1777,size=${HostConfig.ShmSize}`;
  await runCommand('mount', ['-i', '-t', 'tmpfs', '-o', options, '--', 'shm', folder]);
  return folder;
}

/** No error when there is none. Containers that joined it keep their own mount of it. */
export async function unmountSharedMemory(ctx: Context, id: string): Promise<void> {
  const folder = sharedMemoryPath(ctx, id);
  if (mountPoints().has(folder)) await runCommand('umount', ['-l', '--', folder]);
  rmSync(folder, { recursive: true, force: true });
}
