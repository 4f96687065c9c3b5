import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownOwner } from '../../src/layerfs/directory/owner.ts';
import { openLayerStore } from '../../src/layerfs/index.ts';

it('opening the store ends removals of dead processes, and leaves those of living ones alone', async () => {
  const root = mkdtempSync(join(tmpdir(), 'boxtop-trash-'));
  const own = `${ownOwner()}.a-1`;
  for (const name of [own, '4194305-1.b-1', 'no owner'])
    mkdirSync(join(root, 'trash', name, 'deep/er'), { recursive: true });
  await openLayerStore(root);
  expect(readdirSync(join(root, 'trash'))).toEqual([own]);
  rmSync(root, { recursive: true });
});
