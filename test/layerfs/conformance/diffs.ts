import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bytesOf, type Member, run, sh } from '../archives.ts';
import { HOLDER, membersOf, type StoreUnderTest } from './store.ts';

const LOWER: Member[] = [
  { name: 'etc/' },
  { name: 'etc/passwd', content: 'root' },
  { name: 'etc/old', content: 'x' },
  { name: 'usr/' },
  { name: 'usr/lib/' },
  { name: 'usr/lib/a' },
  { name: 'usr/lib/b' },
];

/** Everything that a container may do to LOWER. */
const CHANGES =
  'cd "$0" && echo x >> etc/passwd && rm etc/old && rm -r usr/lib && mkdir usr/lib && echo 1 > usr/lib/b && mkdir -p new/sub && echo 2 > new/sub/f && ln new/sub/f new/hard && ln -s f new/sym && mknod new/dev c 1 3 && mkfifo new/fifo';

export function diffTests(use: () => StoreUnderTest): void {
  it('tells what was added, changed and deleted, in path order', async () => {
    const { store, stack } = use();
    const root = await stack(LOWER);
    expect(await store.diff('area')).toEqual([]);
    await run('sh', ['-c', CHANGES, root]);
    const letters = { modified: 'C', added: 'A', deleted: 'D' };
    expect((await store.diff('area')).map(({ kind, path }) => `${letters[kind]} ${path}`)).toEqual([
      'C /etc',
      'D /etc/old',
      'C /etc/passwd',
      'A /new',
      'A /new/dev',
      'A /new/fifo',
      'A /new/hard',
      'A /new/sub',
      'A /new/sub/f',
      'A /new/sym',
      'C /usr',
      'C /usr/lib',
      'D /usr/lib/a',
      'C /usr/lib/b',
    ]);
  });

  it('calls a path added that an opaque directory, a link or a file in between hides', async () => {
    const { store, stack } = use();
    const root = await stack(
      [...LOWER, { name: 'srv/' }, { name: 'srv/x' }],
      [{ name: 'usr/lib/.wh..wh..opq' }, { name: 'srv', type: 'symlink', linkName: '/etc' }],
    );
    await sh(`cd ${root} && touch usr/lib/a && rm srv && mkdir srv && touch srv/passwd srv/x`);
    expect((await store.diff('area')).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'modified /srv',
      'added /srv/passwd',
      'added /srv/x',
      'modified /usr',
      'modified /usr/lib',
      'added /usr/lib/a',
    ]);
  });

  it('calls a path added that a lower layer had whited out', async () => {
    const { store, stack } = use();
    const root = await stack(LOWER, [{ name: 'etc/.wh.old' }]);
    await sh(`echo again > ${root}/etc/old`);
    expect(await store.diff('area')).toEqual([
      { path: '/etc', kind: 'modified' },
      { path: '/etc/old', kind: 'added' },
    ]);
  });
}

export function diffTarTests(use: () => StoreUnderTest): void {
  it('gives a layer that makes the same root again', async () => {
    const { store, stack } = use();
    const root = await stack(LOWER);
    await run('sh', [
      '-c',
      `${CHANGES} && chown 7:8 new/sub && chmod 4711 new/sub/f && touch -d @1500000000.5 new/sub`,
      root,
    ]);
    const layer = await store.ingest(await store.diffTar('area'));
    const base = (await store.listLayers()).find(({ diffId }) => diffId !== layer.diffId)!;
    await store.createArea('copy', [base.diffId, layer.diffId]);
    const copy = await store.mount('copy', HOLDER);
    const picture = (directory: string) =>
      sh(
        `cd ${directory} && find . -mindepth 1 -printf '%p %y %m %U %G %T@ %n %l\\n' | sort && find . -type f | sort | xargs sha256sum`,
      );
    expect(await picture(copy)).toBe(await picture(root));
  });

  it('has whiteouts, opaque marks, no marks of overlayfs, and the same bytes each time', async () => {
    const { store, stack } = use();
    await run('sh', ['-c', CHANGES, await stack(LOWER)]);
    const tar = await bytesOf(await store.diffTar('area'));
    const members = await membersOf(tar);
    expect(members.map(({ name }) => name)).toEqual([
      'etc/',
      'etc/.wh.old',
      'etc/passwd',
      'new/',
      'new/dev',
      'new/fifo',
      'new/hard',
      'new/sub/',
      'new/sub/f',
      'new/sym',
      'usr/',
      'usr/lib/',
      'usr/lib/.wh..wh..opq',
      'usr/lib/b',
    ]);
    expect(members.flatMap(({ xattrs }) => [...xattrs.keys()])).toEqual([]);
    expect(members.find(({ name }) => name === 'new/sub/f')).toMatchObject({
      type: 'hardlink',
      linkName: 'new/hard',
    });
    expect((await bytesOf(await store.diffTar('area'))).equals(tar)).toBe(true);
  });

  it('keeps attributes and holes, leaves sockets and excluded paths out', async () => {
    const { store, stack } = use();
    const root = await stack([]);
    await sh(
      `cd ${root} && mkdir proc data && touch proc/x && truncate -s 20M data/sparse && echo x >> data/sparse && setcap cap_net_raw+ep data/sparse`,
    );
    const { createServer } = await import('node:net');
    const server = createServer().listen(join(root, 'data/socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const members = await membersOf(await bytesOf(await store.diffTar('area', { exclude: ['/proc'] })));
    server.close();
    expect(members.map(({ name }) => name)).toEqual(['data/', 'data/sparse']);
    expect(members[1]!.sparse?.length).toBeGreaterThan(0);
    expect([...members[1]!.xattrs.keys()]).toEqual(['security.capability']);
  });

  it('ends early without leaving a program behind', async () => {
    const { store, stack } = use();
    const root = await stack([]);
    await sh(`head -c 5000000 /dev/urandom > ${root}/big`);
    const tar = await store.diffTar('area');
    for await (const _ of tar) break;
    expect(tar.destroyed).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await sh(`ps --ppid ${process.pid} -o comm= | grep -c '^tar$' || true`)).toBe('0\n');
  });
}
