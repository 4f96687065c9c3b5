/** The finished layers of the directory store. */
import { readdir, readlink, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerError } from '../errors.ts';
import type { DiffId, Layer } from '../store.ts';
import { discard, hexOf, isMissing, type Layout, readRecord } from './layout.ts';

/** layers/HEX/layer.json */
export interface LayerRecord {
  diffId: DiffId;
  sizeBytes: number;
  /** paths of its opaque directories, which Node cannot read back from the disk; '' is the root */
  opaque: string[];
  /** the process that unpacked it, see owner.ts */
  owner: string;
}

/** Enough digits to be different, few enough for 127 in 4096 bytes. */
const LINK_DIGITS = 20;

export async function readLayerRecord(layout: Layout, diffId: DiffId): Promise<LayerRecord | undefined> {
  return (await readRecord(join(layout.layers, hexOf(diffId), 'layer.json'))) as LayerRecord | undefined;
}

export async function readLayer(layout: Layout, diffId: DiffId): Promise<Layer | undefined> {
  const record = await readLayerRecord(layout, diffId);
  return record === undefined ? undefined : { diffId: record.diffId, sizeBytes: record.sizeBytes };
}

export async function listLayerRecords(layout: Layout): Promise<LayerRecord[]> {
  const names = (await readdir(layout.layers)).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
  const records = await Promise.all(names.map((hex) => readLayerRecord(layout, `sha256:${hex}`)));
  return records.filter((record) => record !== undefined);
}

/** The layer's short name in `l/`, made when missing. Two layers with equal first digits get longer names. */
export async function linkLayer(layout: Layout, diffId: DiffId): Promise<string> {
  const hex = hexOf(diffId);
  const target = `../layers/${hex}/diff`;
  for (let digits = LINK_DIGITS; digits <= hex.length; digits++) {
    const path = join(layout.links, hex.slice(0, digits));
    try {
      await symlink(target, path);
      return hex.slice(0, digits);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if ((await readlink(path)) === target) return hex.slice(0, digits);
    }
  }
  throw new LayerError('INTERNAL', `no short name for layer ${diffId}`);
}

/** Takes the layer out of sight, then removes it. The caller has made sure that no area uses it. */
export async function deleteLayer(layout: Layout, diffId: DiffId): Promise<void> {
  const hex = hexOf(diffId);
  for (let digits = LINK_DIGITS; digits <= hex.length; digits++) {
    const path = join(layout.links, hex.slice(0, digits));
    try {
      if ((await readlink(path)) !== `../layers/${hex}/diff`) continue;
      await unlink(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    break;
  }
  await discard(layout, join(layout.layers, hex));
}
