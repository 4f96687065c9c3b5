/** A fresh store for each test, and how to look at it from outside. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type LayerStore, readTar, type TarHeader } from '../../../src/layerfs/index.ts';
import { archive, type Member, sh, streamOf } from '../archives.ts';

export interface StoreUnderTest {
  root: string;
  store: LayerStore;
  /** Ingests one layer per list, mounts them and returns the root. */
  stack(...layers: Member[][]): Promise<string>;
}

export const HOLDER = { holder: 'test' };

/** A fresh store for each test; everything is unmounted and removed afterwards. */
export function useStore(open: (root: string) => Promise<LayerStore>): () => StoreUnderTest {
  let current: StoreUnderTest;
  beforeEach(async () => {
    const root = await mkdtemp(join(tmpdir(), 'layerfs-'));
    const store = await open(join(root, 'store'));
    const stack = async (...layers: Member[][]) => {
      const diffIds: string[] = [];
      for (const members of layers) diffIds.push((await store.ingest(streamOf(archive(...members)))).diffId);
      await store.createArea('area', diffIds);
      return await store.mount('area', HOLDER);
    };
    current = { root, store, stack };
  });
  afterEach(async () => {
    await sh(`grep -o ' ${current.root}/[^ ]*' /proc/self/mounts | sort -r | xargs -r umount -l`);
    await rm(current.root, { recursive: true, force: true });
  });
  return () => current;
}

export async function membersOf(tar: Buffer): Promise<TarHeader[]> {
  const members: TarHeader[] = [];
  for await (const { packed: _, content: __, ...header } of readTar(streamOf(tar))) members.push(header);
  return members;
}

export async function mounts(directory: string): Promise<number> {
  return Number(await sh(`grep -c ' ${directory}/' /proc/self/mounts || true`));
}
