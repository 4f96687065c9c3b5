/** Removes everything of a container that doesn't run. The caller holds its lock. */
import type { Context } from '../context.ts';
import { imageDocuments } from '../images/records.ts';
import { removeFolder } from '../remove-folder.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { forgetExecs } from './exec/exec-records.ts';
import { clearLeftovers } from './leftovers.ts';
import { dropLinks } from './links.ts';
import { areaKey, containerFolders } from './paths.ts';
import { containerDocuments, containerNames, stepContainers } from './records.ts';
import { unsuperviseContainer } from './supervised.ts';

/**
 * The record goes last, and its end is told then: a crash before leaves a container that can be removed again, and who waits for the
 * removal finds no volume of it (moby cleanupContainer). Returns the bytes of layers that went, too.
 */
export async function removeLocked(
  ctx: Context,
  record: ContainerRecord,
  options: { volumes: boolean },
): Promise<number> {
  const id = record.Id;
  await clearLeftovers(ctx, record);
  await (await ctx.layers()).removeArea(areaKey(id));
  for (const folder of containerFolders(ctx, id)) removeFolder(folder);
  // one that can't be removed keeps the container from going no more than Docker's does
  const failed = options.volumes
    ? await removeVolumes(ctx, record).catch((error: unknown) => ({ error }))
    : undefined;
  ctx.state.write(() => {
    dropLinks(ctx, record);
    containerDocuments(ctx).remove(id);
    if (record.Build !== undefined) stepContainers(ctx).remove(id);
    forgetExecs(ctx, id);
    unsuperviseContainer(ctx, id);
    for (const name of containerNames(ctx).namesOf(id)) containerNames(ctx).release(name);
    containerEvent(ctx, record, 'destroy');
  });
  const bytes = record.Build === undefined ? await dropLayers(ctx, record.Image, record.Layers) : 0;
  if (options.volumes) await removeVolumes(ctx, record); // kept by one that was removed at the same time
  if (failed) throw failed.error;
  return bytes;
}

async function removeVolumes(ctx: Context, record: ContainerRecord): Promise<void> {
  if (record.AnonymousVolumes.length === 0) return;
  const { removeAnonymousVolumes } = await import('../volumes/resolve.ts');
  await removeAnonymousVolumes(ctx, record);
}

/** Of an image that was removed meanwhile, only its containers kept the layers; the last one takes them along. Returns their bytes. */
export async function dropLayers(ctx: Context, imageId: string, layers: readonly string[]): Promise<number> {
  if (imageDocuments(ctx).get(imageId) !== undefined) return 0;
  const { collect } = await import('../images/collect.ts');
  return (await collect(ctx, new Set(layers))).sizeBytes;
}
