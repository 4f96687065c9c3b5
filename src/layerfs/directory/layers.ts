/** The finished layers of the directory store. */
import { existsSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
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
export const LINK_DIGITS = 20;

export function readLayerRecord(layout: Layout, diffId: DiffId): LayerRecord | undefined {
  return readRecord(join(layout.layers, hexOf(diffId), 'layer.json')) as LayerRecord | undefined;
}

/** Whether the layer is here and whole. Builds look for dozens: putting the path together by `join` takes longer than the look. */
export const hasLayer = (layout: Layout, diffId: DiffId): boolean =>
  existsSync(`${layout.layers}/${hexOf(diffId)}/layer.json`);

export function readLayer(layout: Layout, diffId: DiffId): Layer | undefined {
  const record = readLayerRecord(layout, diffId);
  return record === undefined ? undefined : { diffId: record.diffId, sizeBytes: record.sizeBytes };
}

export function listLayerRecords(layout: Layout): LayerRecord[] {
  const names = readdirSync(layout.layers)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .sort();
  const records = names.map((hex) => readLayerRecord(layout, `sha256:${hex}`));
  return records.filter((record) => record !== undefined);
}

/** The layer's short name in `l/`, made when missing. Two layers with equal first digits get longer names. */
export function linkLayer(layout: Layout, diffId: DiffId): string {
  const hex = hexOf(diffId);
  const target = `../layers/${hex}/diff`;
  for (let digits = LINK_DIGITS; digits <= hex.length; digits++) {
    const path = join(layout.links, hex.slice(0, digits));
    try {
      symlinkSync(target, path);
      return hex.slice(0, digits);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (readlinkSync(path) === target) return hex.slice(0, digits);
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
      if (readlinkSync(path) !== `../layers/${hex}/diff`) continue;
      unlinkSync(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    break;
  }
  await discard(layout, join(layout.layers, hex));
}
