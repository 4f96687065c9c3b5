/** What a layer keeps of its archive, and what its whiteouts hide. */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Member, run, sh } from '../archives.ts';
import { membersOf, type StoreUnderTest } from './store.ts';

export function whiteoutTests(use: () => StoreUnderTest): void {
  const base: Member[] = [
    { name: 'd/' },
    { name: 'd/a', content: 'a' },
    { name: 'd/b', content: 'b' },
    { name: 'd/sub/' },
    { name: 'd/sub/c' },
  ];

  it('hide a file and a directory of lower layers', async () => {
    const root = await use().stack(base, [{ name: 'd/' }, { name: 'd/.wh.a' }, { name: 'd/.wh.sub' }]);
    expect(await readdir(join(root, 'd'))).toEqual(['b']);
  });

  it('hide through a parent that the layer itself does not have', async () => {
    const root = await use().stack(base, [{ name: 'd/.wh.a' }]);
    expect((await readdir(join(root, 'd'))).sort()).toEqual(['b', 'sub']);
  });

  it.each(['before', 'after'])(
    'an opaque directory hides lower layers, not its siblings, when the mark comes %s them',
    async (when) => {
      const mark = { name: 'd/.wh..wh..opq' };
      const own = { name: 'd/new' };
      const root = await use().stack(base, [
        { name: 'd/', mode: 0o711 },
        ...(when === 'before' ? [mark, own] : [own, mark]),
      ]);
      expect(await readdir(join(root, 'd'))).toEqual(['new']);
      expect((await lstat(join(root, 'd'))).mode & 0o7777).toBe(0o711);
    },
  );

  it.each(['before', 'after'])(
    'a directory made anew shows nothing of the old one, whiteout %s it',
    async (when) => {
      const whiteout = { name: '.wh.d' };
      const own = [{ name: 'd/' }, { name: 'd/new' }];
      const root = await use().stack(base, when === 'before' ? [whiteout, ...own] : [...own, whiteout]);
      expect(await readdir(join(root, 'd'))).toEqual(['new']);
    },
  );

  it('do not hide a file of the same layer', async () => {
    const root = await use().stack(base, [{ name: 'd/a', content: 'mine' }, { name: 'd/.wh.a' }]);
    expect(await readFile(join(root, 'd/a'), 'utf8')).toBe('mine');
  });

  it('an opaque root hides everything below', async () => {
    const root = await use().stack(base, [{ name: '.wh..wh..opq' }, { name: 'only' }], [{ name: 'top' }]);
    expect((await readdir(root)).sort()).toEqual(['only', 'top']);
  });

  it('leave no .wh. names and ignore the metadata of aufs', async () => {
    const root = await use().stack(base, [
      { name: '.wh..wh.plnk/' },
      { name: '.wh..wh.plnk/1.2' },
      { name: '.wh..wh.aufs' },
      { name: 'x' },
    ]);
    expect((await readdir(root)).sort()).toEqual(['d', 'x']);
  });
}

export function metadataTests(use: () => StoreUnderTest): void {
  it('owner, mode and time of everything, directories included', async () => {
    const mtimeNs = 1_600_000_000_123_456_000n;
    const fields = { uid: 4_000_000_000, gid: 1234, mtimeNs };
    const root = await use().stack([
      { name: 'd/', mode: 0o3751, ...fields },
      { name: 'd/f', mode: 0o6755, content: 'x', ...fields },
      { name: 'd/l', type: 'symlink', linkName: '/nowhere', ...fields },
      { name: 'd/p', type: 'fifo', mode: 0o600, ...fields },
    ]);
    for (const [path, mode] of [
      ['d', 0o3751],
      ['d/f', 0o6755],
      ['d/p', 0o600],
    ] as const) {
      const stats = await lstat(join(root, path), { bigint: true });
      expect([stats.uid, stats.gid, stats.mtimeNs, Number(stats.mode) & 0o7777]).toEqual([
        4_000_000_000n,
        1234n,
        mtimeNs,
        mode,
      ]);
    }
    expect((await lstat(join(root, 'd/l'), { bigint: true })).mtimeNs).toBe(mtimeNs);
    expect(await readlink(join(root, 'd/l'))).toBe('/nowhere');
  });

  it('devices', async () => {
    const root = await use().stack([
      { name: 'null', type: 'char', devMajor: 1, devMinor: 3 },
      { name: 'disk', type: 'block', devMajor: 259, devMinor: 70_000 },
    ]);
    expect((await sh(`stat -c '%F %t,%T' ${root}/null ${root}/disk`)).split('\n')).toEqual([
      'character special file 1,3',
      'block special file 103,11170',
      '',
    ]);
  });

  it('hard links as one file', async () => {
    const root = await use().stack([
      { name: 'a', content: 'x' },
      { name: 'b', type: 'hardlink', linkName: 'a' },
      { name: 's', type: 'symlink', linkName: 'a' },
      { name: 't', type: 'hardlink', linkName: 's' },
    ]);
    const stats = await Promise.all(['a', 'b', 's', 't'].map((name) => lstat(join(root, name))));
    expect(stats.map(({ nlink }) => nlink)).toEqual([2, 2, 2, 2]);
    expect(stats[0]!.ino).toBe(stats[1]!.ino);
    expect(stats[3]!.isSymbolicLink()).toBe(true);
  });

  it('extended attributes and file capabilities', async () => {
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    const xattrs = new Map([
      ['security.capability', capability],
      ['user.note', Buffer.from('a=b\nc')],
    ]);
    const root = await use().stack([
      { name: 'f', content: 'x', uid: 7, mode: 0o755, xattrs },
      { name: 'd/', xattrs: new Map([['user.dir', Buffer.from('1')]]) },
    ]);
    const found = await membersOf(
      await run('tar', ['-c', '--format=pax', '--xattrs', '--xattrs-include=*', '-C', root, 'f', 'd']),
    );
    expect(found[0]!.xattrs.get('security.capability')).toEqual(capability);
    expect(found[0]!.xattrs.get('user.note')?.toString()).toBe('a=b\nc');
    expect(found[1]!.xattrs.get('user.dir')?.toString()).toBe('1');
  });

  it('holes of sparse files', async () => {
    const sparse = [{ offset: 4_194_304, length: 3 }];
    const { stack, store } = use();
    const root = await stack([{ name: 'f', content: 'abc', sizeBytes: 50_000_000, sparse }]);
    const { size, blocks } = await lstat(join(root, 'f'));
    expect(size).toBe(50_000_000);
    expect(blocks).toBeLessThan(200);
    expect((await run('dd', [`if=${root}/f`, 'bs=1', 'skip=4194303', 'count=5'])).toString()).toBe('\0abc\0');
    expect((await store.listLayers())[0]!.sizeBytes).toBe(50_000_000);
  });

  it('names of any bytes', async () => {
    const root = await use().stack([
      { name: 'ünï', content: '1' },
      { name: 'b\udcffd', content: '2' },
      { name: 'new\nline' },
      { name: '-rf' },
    ]);
    const names = (await readdir(root, { encoding: 'buffer' })).map((name) => name.toString('latin1')).sort();
    expect(names).toEqual(['-rf', 'b\xffd', 'new\nline', Buffer.from('ünï').toString('latin1')].sort());
  });

  it('missing parents become 0755 root, the last entry of a name wins', async () => {
    const root = await use().stack([
      { name: 'x/y/f', uid: 5 },
      { name: 'f', content: 'first' },
      { name: 'f2', type: 'hardlink', linkName: 'f' },
      { name: 'f', content: 'second' },
      { name: 'dir/' },
      { name: 'dir/full' },
      { name: 'dir', content: 'now a file' },
      { name: 'file' },
      { name: 'file/' },
      { name: 'file/in' },
    ]);
    const { uid, mode } = await lstat(join(root, 'x/y'));
    expect([uid, mode & 0o7777]).toEqual([0, 0o755]);
    expect(await readFile(join(root, 'f'), 'utf8')).toBe('second');
    expect(await readFile(join(root, 'f2'), 'utf8')).toBe('first');
    expect(await readFile(join(root, 'dir'), 'utf8')).toBe('now a file');
    expect(await readdir(join(root, 'file'))).toEqual(['in']);
  });
}
