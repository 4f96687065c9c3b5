/** What a volume's files take of the disk. */
import type { Context } from '../context.ts';
import { dataDir, hasOptions, type VolumeRecord } from './records.ts';

/** Bytes of all files, hard links counted once; undefined for one with driver options, whose files lie elsewhere. Throws an AbortError. */
export async function volumeBytes(
  ctx: Context,
  volume: VolumeRecord,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (hasOptions(volume)) return undefined;
  const { treeBytes } = await import('../../layerfs/index.ts');
  return await treeBytes(dataDir(ctx, volume.Name), signal);
}
