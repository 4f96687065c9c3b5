/** A name that goes on behind a NUL is one name to us and another to the kernel. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLayerStore } from '../../src/layerfs/index.ts';
import { archive, type Member, streamOf } from '../layerfs/archives.ts';
import { useStore } from '../layerfs/conformance/store.ts';
import { canMount } from '../support/requirements.ts';

/** Long enough for a PAX record: an old header ends a name at the NUL by itself. */
const BEHIND = `\0${'z'.repeat(120)}`;

describe.skipIf(!canMount)('a layer with names that go on behind a NUL', () => {
  const use = useStore(openLayerStore);

  const attacks: [string, (outside: string) => Member[]][] = [
    [
      'in the target of a symlink: a symlink is put where we believe a directory, and written through',
      (outside) => [
        { name: 'l', type: 'symlink', linkName: `e/d${BEHIND}` },
        { name: 'e/d/' },
        { name: 'l/s', type: 'symlink', linkName: outside },
        { name: 'e/d/new', content: 'written outside' },
      ],
    ],
    [
      'in the name of a directory that is a symlink on the disk',
      (outside) => [
        { name: `e/d${BEHIND}`, type: 'symlink', linkName: outside },
        { name: 'e/d/new', content: 'written outside' },
      ],
    ],
    [
      'in the target of a hard link',
      (outside) => [
        { name: 'd', type: 'symlink', linkName: `${outside}/secret` },
        { name: 'h', type: 'hardlink', linkName: `d${BEHIND}` },
        { name: 'h', content: 'changed' },
      ],
    ],
  ];

  it.each(attacks)('%s', async (_, membersOf) => {
    const { root, store } = use();
    const outside = join(root, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    const hostile = archive(...membersOf(outside));
    await expect(store.ingest(streamOf(hostile))).rejects.toMatchObject({ code: 'DATA_LOSS' });
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await store.listLayers()).toEqual([]);
    expect(await readdir(join(root, 'store/ingest'))).toEqual([]);
  });
});
