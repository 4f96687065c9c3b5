/** Hostile layers on a real disk: nothing outside the store is created, changed or removed. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLayerStore } from '../../src/layerfs/index.ts';
import { canMount } from '../support/requirements.ts';
import { archive, sh, streamOf } from './archives.ts';
import { useStore } from './conformance/store.ts';
import { hostileCases } from './hostile-cases.ts';

/** Everything about a tree that could be changed. */
const picture = (directory: string) =>
  sh(`cd ${directory} && find . -printf '%p %y %m %U %G %T@ %C@ %n %s %l\\n' | sort && cat secret`);

describe.skipIf(!canMount)('hostile layers', () => {
  const use = useStore(openLayerStore);

  it.each(hostileCases.map((one) => [one.title, one] as const))('%s', async (_, { members, expected }) => {
    const { root, store } = use();
    const outside = join(root, 'outside');
    await mkdir(outside, { mode: 0o700 });
    await writeFile(join(outside, 'secret'), 'secret');
    const before = await picture(outside);
    const ingest = store.ingest(streamOf(archive(...members(outside))));
    if (expected === 'refused') {
      await expect(ingest).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(await readdir(join(root, 'store/ingest'))).toEqual([]);
      expect(await store.listLayers()).toEqual([]);
    } else {
      const { diffId } = await ingest;
      const layer = join(root, 'store/layers', diffId.slice(7), 'diff');
      const paths = (await sh(`cd ${layer} && find . -printf '%P\\n'`)).split('\n');
      expect(paths).toEqual(expect.arrayContaining(expected(outside)));
    }
    expect(await picture(outside)).toBe(before);
    expect((await readdir(root)).sort()).toEqual(['outside', 'store']);
  });

  it('attributes of overlayfs in an archive cannot show what other layers hide', async () => {
    const redirect = new Map([['trusted.overlay.redirect', Buffer.from('/hidden')]]);
    const mounted = await use().stack(
      [{ name: 'hidden/' }, { name: 'hidden/key' }],
      [{ name: '.wh.hidden' }, { name: 'shown/', xattrs: redirect }],
    );
    expect(await readdir(mounted)).toEqual(['shown']);
    expect(await readdir(join(mounted, 'shown'))).toEqual([]);
  });

  it('the store is closed to other users', async () => {
    const { root, store } = use();
    await store.ingest(streamOf(archive({ name: 'su', mode: 0o4755 })));
    expect(
      (await sh(`stat -c %a ${root}/store ${root}/store/layers ${root}/store/areas`)).split('\n'),
    ).toEqual(['700', '700', '700', '']);
  });
});
