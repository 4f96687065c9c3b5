/** Verb export: a container's root as one flat tar. */
import type { Readable } from 'node:stream';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { containerEvent } from './container-events.ts';
import { findContainer } from './records.ts';
import { mountRoot, releasing } from './root-mount.ts';

/**
 * The merged root of a running or stopped container; volumes and other mounts appear as empty folders, as in Docker.
 * Read it to the end or destroy it: then the mount is given back. Throws NOT_FOUND, CONFLICT, CANCELED.
 */
export async function exportContainer(
  ctx: Context,
  nameOrId: string,
  options: { signal?: AbortSignal } = {},
): Promise<Readable> {
  const record = findContainer(ctx, nameOrId);
  if (record.State.Dead) {
    throw new EngineError('CONFLICT', `You cannot export container ${record.Id} which is Dead`);
  }
  if (record.State.Status === 'removing') {
    throw new EngineError('CONFLICT', `You cannot export container ${record.Id} which is being removed`);
  }
  const { rootTar } = await import('../../layerfs/index.ts');
  const root = await mountRoot(ctx, record.Id, 'export');
  try {
    const tar = await rootTar(root.path, { signal: options.signal });
    containerEvent(ctx, record, 'export');
    return releasing(tar, root.release);
  } catch (error) {
    await root.release();
    throw error;
  }
}
