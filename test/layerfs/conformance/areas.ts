/** Writable areas and who holds them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { archive, bytesOf, sh, streamOf } from '../archives.ts';
import { HOLDER, membersOf, mounts, type StoreUnderTest } from './store.ts';

export function areaTests(use: () => StoreUnderTest): void {
  it('keep what was written between mounts', async () => {
    const { store, stack } = use();
    const root = await stack([{ name: 'a', content: 'lower' }]);
    await sh(`echo upper > ${root}/a`);
    await store.unmount('area', HOLDER);
    expect(await readdir(root)).toEqual([]);
    expect(await readFile(join(await store.mount('area', HOLDER), 'a'), 'utf8')).toBe('upper\n');
    expect(await store.areaUsage('area')).toBe(6);
    const paths = await store.areaPaths('area');
    expect(paths?.merged).toBe(root);
    expect(await readFile(join(paths!.upper, 'a'), 'utf8')).toBe('upper\n');
    expect(await readFile(join(paths!.lower[0]!, 'a'), 'utf8')).toBe('lower');
    expect(await store.areaPaths('other')).toBeUndefined();
  });

  it('work without layers, with one layer given twice, and with 127 layers', async () => {
    const { store } = use();
    await store.createArea('none', []);
    const empty = await store.mount('none', HOLDER);
    await sh(`touch ${empty}/x`);
    expect(await readdir(empty)).toEqual(['x']);
    const ids: string[] = [];
    for (let i = 0; i < 127; i++)
      ids.push(
        (await store.ingest(streamOf(archive({ name: `f${i}` }, { name: 'same', content: `${i}` })))).diffId,
      );
    await store.createArea('many', ids, [{ path: '/fixture', type: 'file' }]);
    const many = await store.mount('many', HOLDER);
    expect(await readdir(many)).toHaveLength(129);
    expect(await readFile(join(many, 'same'), 'utf8')).toBe('126');
    await store.createArea('twice', [ids[0]!, ids[1]!, ids[0]!]);
    expect(await readFile(join(await store.mount('twice', HOLDER), 'same'), 'utf8')).toBe('0');
    await expect(store.createArea('more', [...ids, ids[0]!])).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
  });

  it('have fixtures that give way to directories only and are no change', async () => {
    const { store, root } = use();
    const lower = await store.ingest(
      streamOf(
        archive(
          { name: 'etc/', mode: 0o711, uid: 7, gid: 8 },
          { name: 'etc/hosts', content: 'of the image' },
          { name: 'etc/kept/', mode: 0o700 },
          { name: 'lib', type: 'symlink', linkName: '/outside' },
          { name: 'gone/deep/', mode: 0o700 },
        ),
      ),
    );
    const upper = await store.ingest(
      streamOf(archive({ name: 'gone/.wh..wh..opq' }, { name: 'top', content: 't' })),
    );
    await store.createArea(
      'area',
      [lower.diffId, upper.diffId],
      [
        { path: '/.mark', type: 'file' },
        { path: '/etc/hosts', type: 'file' },
        { path: '/etc/kept', type: 'file' },
        { path: '/etc/link', type: 'symlink', link: '/proc/mounts' },
        { path: '/gone/deep', type: 'directory' },
        { path: '/lib/new', type: 'directory' },
      ],
    );
    const mounted = await store.mount('area', HOLDER);
    const listed = await sh(`cd ${mounted} && find . -mindepth 1 -printf '%P %y %#m %U %s\n' | sort`);
    expect(listed.trim().split('\n')).toEqual([
      '.mark f 0755 0 0',
      'etc d 0711 7 4096',
      'etc/hosts f 0755 0 0',
      'etc/kept d 0700 0 4096',
      'etc/link l 0777 0 12',
      'gone d 0755 0 4096',
      'gone/deep d 0755 0 4096',
      'lib d 0755 0 4096',
      'lib/new d 0755 0 4096',
      'top f 0644 0 1',
    ]);
    expect(await store.diff('area')).toEqual([]);
    expect(await membersOf(await bytesOf(await store.diffTar('area')))).toEqual([]);
    expect(await store.areaUsage('area')).toBe(0);
    await sh(`rm ${mounted}/.mark; echo x > ${mounted}/etc/hosts`);
    expect((await store.diff('area')).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'deleted /.mark',
      'modified /etc',
      'modified /etc/hosts',
    ]);
    expect(await sh(`ls ${root}`)).toBe('store\n');
    await store.unmount('area', HOLDER);
    await store.removeArea('area');
    expect(await readdir(join(root, 'store', 'areas'))).toEqual([]);
  });

  it('tell which layer they lost', async () => {
    const { store, stack, root } = use();
    await stack([{ name: 'a' }]);
    await store.unmount('area', HOLDER);
    await sh(`rm -r ${root}/store/layers/*`);
    await expect(store.mount('area', HOLDER)).rejects.toMatchObject({
      code: 'DATA_LOSS',
      message: expect.stringMatching(/^layer sha256:[0-9a-f]{64} is not in the store any more$/),
    });
  });

  it('are mounted once for all holders and unmounted by the last', async () => {
    const { store, stack, root: directory } = use();
    const root = await stack([{ name: 'a' }]);
    expect(await store.mount('area', { holder: 'two' })).toBe(root);
    expect(await store.mount('area', { holder: 'two' })).toBe(root);
    expect(await mounts(directory)).toBe(1);
    await store.unmount('area', HOLDER);
    await store.unmount('area', HOLDER);
    await store.unmount('area', { holder: 'stranger' });
    expect(await mounts(directory)).toBe(1);
    await store.unmount('area', { holder: 'two' });
    expect(await mounts(directory)).toBe(0);
    await store.unmount('area', { holder: 'two' });
    await store.unmount('unknown', HOLDER);
  });

  it('are mounted once when many ask at the same time', async () => {
    const { store, stack, root: directory } = use();
    await stack([{ name: 'a' }]);
    await store.unmount('area', HOLDER);
    const holders = Array.from({ length: 8 }, (_, i) => ({ holder: `h${i}` }));
    await Promise.all(holders.map((one) => store.mount('area', one)));
    expect(await mounts(directory)).toBe(1);
    await Promise.all(holders.map((one) => store.unmount('area', one)));
    expect(await mounts(directory)).toBe(0);
  });

  it('heal after somebody unmounted by hand', async () => {
    const { store, stack, root: directory } = use();
    const root = await stack([{ name: 'a' }]);
    await sh(`umount ${root}`);
    await store.mount('area', { holder: 'new' });
    await store.unmount('area', { holder: 'new' });
    expect(await mounts(directory)).toBe(0);
  });

  it('do not count a holder whose process has ended', async () => {
    const { store, stack, root: directory } = use();
    await stack([{ name: 'a' }]);
    const pid = Number(await sh('echo $$'));
    await store.mount('area', { holder: `cp:${pid}` });
    await store.mount('area', { holder: `cp:${process.pid}` });
    await store.unmount('area', HOLDER);
    expect(await mounts(directory)).toBe(1);
    await store.unmount('area', { holder: `cp:${process.pid}` });
    expect(await mounts(directory)).toBe(0);
  });

  it('are removed while mounted and in use', async () => {
    const { store, stack, root: directory } = use();
    const root = await stack([{ name: 'a' }]);
    const { spawn } = await import('node:child_process');
    const user = spawn('sleep', ['60'], { cwd: root });
    await store.removeArea('area');
    user.kill('SIGKILL');
    expect(await store.hasArea('area')).toBe(false);
    expect(await mounts(directory)).toBe(0);
    await store.removeArea('area');
  });

  it('need a plain name, known layers and a free key', async () => {
    const { store } = use();
    for (const key of ['', '.', '../x', 'a/b', '-x', 'a,b'])
      await expect(store.createArea(key, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(store.createArea('a', [`sha256:${'1'.repeat(64)}`])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await store.hasArea('a')).toBe(false);
    await store.createArea('a', []);
    await expect(store.createArea('a', [])).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(store.mount('b', HOLDER)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.diff('b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.diffTar('b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
}
