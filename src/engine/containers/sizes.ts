/** What a container takes of the disk. */
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { logBytes } from './logs/log-files.ts';
import { areaKey, containerDir } from './paths.ts';

/** Bytes written by the container, and these with all layers of its image (Docker's -s). */
export async function containerSizes(
  ctx: Context,
  record: ContainerRecord,
): Promise<{ SizeRw: number; SizeRootFs: number }> {
  const store = await ctx.layers();
  const written = await store.areaUsage(areaKey(record.Id)).catch(zeroWhenGone);
  let image = 0;
  for (const diffId of record.Layers) image += (await store.getLayer(diffId))?.sizeBytes ?? 0;
  return { SizeRw: written, SizeRootFs: written + image };
}

/** Bytes written by the container and its logs: what its removal gives back. */
export async function bytesOnDisk(ctx: Context, id: string, signal?: AbortSignal): Promise<number> {
  const written = await (await ctx.layers()).areaUsage(areaKey(id), signal).catch(zeroWhenGone);
  return written + (await logBytes(containerDir(ctx, id)));
}

/** A container that is being removed has no area any more, which is no reason to fail a list. */
function zeroWhenGone(error: unknown): number {
  if (codeOf(error) === 'NOT_FOUND') return 0;
  throw error;
}
