import { execFileSync } from 'node:child_process';
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { archive, type Member } from '../../layerfs/archives.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { type Files, sharedBuilder } from './builder.ts';

// compared with docker's classic builder and BuildKit 20.10: the same, but that those know no zstd
describe.skipIf(!canRunContainers)('ADD of archives', () => {
  const builder = sharedBuilder();
  const lines = async (files: Files, ...instructions: string[]) => {
    const Dockerfile = ['FROM busybox', ...instructions].join('\n');
    return (await builder.build({ ...files, Dockerfile })).output.trim().split('\n');
  };
  const added = (members: Member[], ...instructions: string[]) =>
    lines({ 'a.tar': archive(...members) }, ...instructions);
  const refused = async (files: Files, ...instructions: string[]) => {
    const { message, failure } = await builder.fails({
      ...files,
      Dockerfile: ['FROM busybox', ...instructions].join('\n'),
    });
    expect(failure?.startLine).toBe(1 + instructions.length);
    return message;
  };

  it('takes owners, modes, links, devices and pipes as they stand in it, unless --chown says who', async () => {
    const members: Member[] = [
      { name: 'd/', mode: 0o750, uid: 7, gid: 8 },
      { name: 'd/f', content: 'hello', mode: 0o640, uid: 1000, gid: 1001 },
      { name: 'd/h', type: 'hardlink', linkName: 'd/f', mode: 0o640, uid: 1000, gid: 1001 },
      { name: 'd/l', type: 'symlink', linkName: '../../../etc/passwd' },
      { name: 'null', type: 'char', mode: 0o666, devMajor: 1, devMinor: 3 },
      { name: 'loop', type: 'block', mode: 0o660, devMajor: 7, devMinor: 0 },
      { name: 'pipe', type: 'fifo', mode: 0o600 },
      { name: 'sh', content: '#!', mode: 0o4755 },
    ];
    const shown = ['RUN cd /x && find . -exec stat -c "%A %u:%g %h %N %t,%T" {} \\; | sort -k4; cat d/f d/h'];
    expect(await added(members, 'ADD a.tar /x/', ...shown)).toEqual([
      "lrwxrwxrwx 0:0 1 './d/l' -> '../../../etc/passwd' 0,0",
      'drwxr-xr-x 0:0 3 . 0,0',
      'drwxr-x--- 7:8 2 ./d 0,0',
      '-rw-r----- 1000:1001 2 ./d/f 0,0',
      '-rw-r----- 1000:1001 2 ./d/h 0,0',
      'brw-rw---- 0:0 1 ./loop 7,0',
      'crw-rw-rw- 0:0 1 ./null 1,3',
      'prw------- 0:0 1 ./pipe 0,0',
      '-rwsr-xr-x 0:0 1 ./sh 0,0',
      'hellohello',
    ]);
    expect(
      await added(members, 'ADD --chown=5:6 a.tar /x/', 'RUN stat -c %u:%g /x/* /x/d/* | sort -u'),
    ).toEqual(['5:6']);
  });

  it('keeps what would leave the destination below it', async () => {
    const members: Member[] = [
      { name: '../up', content: 'up' },
      { name: '/etc/absolute', content: 'absolute' },
      { name: 'a/../../../in', content: 'in' },
      { name: 'l', type: 'symlink', linkName: '/etc' },
      { name: 'l/through', content: 'through' },
      { name: 'a/', mode: 0o711 },
      { name: 'a/up', type: 'symlink', linkName: '../../../../etc' },
      { name: 'a/up/more', content: 'more' },
      { name: 'a/hard', type: 'hardlink', linkName: 'a/up/more' },
    ];
    expect(
      await added(
        members,
        'ADD a.tar /x/',
        'RUN cd /x && for f in $(find . -type f | sort); do echo "$f $(cat $f)"; done; test -e /etc/through || echo no /etc/through',
      ),
    ).toEqual([
      './a/hard more',
      './etc/absolute absolute',
      './etc/more more',
      './etc/through through',
      './in in',
      './up up',
      'no /etc/through',
    ]);
  });

  it('refuses what Docker refuses: links to what is not there, damaged and cut archives, a file as destination', async () => {
    const one = (member: Member) => ({ 'a.tar': archive(member) });
    expect(
      await refused(one({ name: 'h', type: 'hardlink', linkName: '../../etc/passwd' }), 'ADD a.tar /x/'),
    ).toBe('unpack "h": link to "etc/passwd": no such file or directory');
    const nowhere = archive({ name: 'l', type: 'symlink', linkName: '/etc' }, { name: 'l/f' });
    expect(await refused({ 'a.tar': nowhere }, 'ADD a.tar /x/')).toBe(
      'unpack "l/f": no such file or directory',
    );
    const loop = archive({ name: 'l', type: 'symlink', linkName: 'l' }, { name: 'l/f' });
    expect(await refused({ 'a.tar': loop }, 'ADD a.tar /x/')).toBe(
      'unpack "l/f": too many levels of symbolic links',
    );
    const whole = archive({ name: 'first' }, { name: 'f', content: 'x'.repeat(100_000) });
    expect(await refused({ 'a.tar': whole.subarray(0, 50_000) }, 'ADD a.tar /')).toContain('unexpected end');
    expect(await refused({ 'a.tar': gzipSync(whole).subarray(0, 120) }, 'ADD a.tar /')).toContain(
      'unexpected end',
    );
    const bomb = archive({ name: 'bomb', sizeBytes: 8 * 2 ** 30 }).subarray(0, 2048);
    expect(await refused({ 'a.tar': bomb }, 'ADD a.tar /')).toContain('unexpected end');
    for (const line of ['ADD a.tar /f', 'ADD a.tar /f/', 'COPY a.tar /f/', 'COPY . /f'])
      expect(await refused({ 'a.tar': whole }, 'RUN echo >/f', line)).toBe(
        'cannot copy to non-directory: /f',
      );
    expect(await refused({}, 'RUN echo >/f', 'WORKDIR /f')).toBe('Cannot mkdir: /f is not a directory');
  });

  it('keeps the holes of a sparse file of 20 GB', async () => {
    const folder = builder.context({ Dockerfile: 'FROM busybox\nADD a.tar /\nRUN stat -c "%s %b" /huge' });
    const huge = join(folder, 'huge');
    writeFileSync(huge, '');
    truncateSync(huge, 20 * 2 ** 30);
    execFileSync('tar', ['-C', folder, '-S', '--remove-files', '-cf', join(folder, 'a.tar'), 'huge']);
    expect(statSync(join(folder, 'a.tar')).size).toBeLessThan(100_000);
    expect((await builder.build(folder)).output).toBe(`${20 * 2 ** 30} 0\n`);
  });

  it('knows archives by what they hold, not by their names', async () => {
    const old = archive({ name: 'old', content: 'old' });
    old.fill(0, 257, 265); // before POSIX there was no "ustar"
    old.write('        ', 148);
    const sum = old.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    old.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const files = {
      'old.txt': old,
      'members.gz': Buffer.concat([gzipSync(old.subarray(0, 600)), gzipSync(old.subarray(600))]),
      'text.tar.gz': 'text',
      'text.gz': gzipSync('text'),
      'nothing.tar': archive(),
      'empty.tar': '',
    };
    const adds = Object.keys(files).map((name) => `ADD ${name} /${name.replace('.', '-')}/`);
    expect(await lines(files, ...adds, 'RUN ls -d /*-*/* | sed s:.*/:: | sort')).toEqual([
      'empty.tar',
      'nothing.tar',
      'old',
      'old',
      'text.gz',
      'text.tar.gz',
    ]);
  });

  it('writes into what the image has: through its symlinks, and its folders stay as they are', async () => {
    const members: Member[] = [
      { name: 'tmp/f', content: 'f' },
      { name: 'way/f', content: 'f' },
      { name: 'etc/', mode: 0o755 },
      { name: 'etc/way/g', content: 'g' },
      { name: 'other/', mode: 0o701 },
      { name: 'other/o', content: 'o' },
      { name: 'folder', content: 'now a file' },
      { name: 'file/', mode: 0o700 },
    ];
    const before =
      'RUN chmod 1777 /tmp; mkdir -p /real /folder/sub; chmod 710 /real; ln -s /real /way; ln -s ../real /etc/way; ln -s /real /other; echo >/file';
    const shown =
      'RUN stat -c "%A %N" /tmp /real /way /etc/way /other /folder /file; ls /real /other; cat /folder';
    expect(await added(members, before, 'ADD a.tar /', shown)).toEqual([
      'drwxrwxrwt /tmp',
      'drwx--x--- /real',
      "lrwxrwxrwx '/way' -> '/real'",
      "lrwxrwxrwx '/etc/way' -> '../real'",
      'drwx-----x /other',
      '-rw-r--r-- /folder',
      'drwx------ /file',
      '/other:',
      'o',
      '',
      '/real:',
      'f',
      'g',
      'now a file',
    ]);
  });

  it('copies a file of the image up for a hard link to it, with what the link says of it', async () => {
    const link = (name: string, linkName: string): Member => ({
      ...{ name, linkName, type: 'hardlink', mode: 0o4711, uid: 5, gid: 6, mtimeNs: 1_000_000_000n },
    });
    const before = `RUN mkdir -p /b/sub /real; chmod 710 /b; echo f >/b/f; echo g >/b/g; ln /b/g /b/g2; mkfifo /b/p; ln -s b/f /l; ln -s /real /way; echo r >/real/r; ln -s ../../../../etc /b/etc`;
    const members = [
      ...[link('f1', '../../b/f'), link('f2', '/b/f'), link('g1', 'b/g'), link('p1', 'b/p'), link('l1', 'l')],
      ...[link('r1', 'way/r'), link('e1', 'b/etc/group'), { name: 'b/f', content: 'new' }, link('n1', 'b/f')],
    ];
    const show = (paths: string) => `stat -c "%A %u:%g %h %Y %N" ${paths}`;
    const shown = `RUN ${show('/f1 /f2 /b/f /n1 /g1 /b/g /b/p /real/r')}; ${show('/b/g2 /b /l1 /l').replace('%Y ', '')}; cat /f1 /n1 /g1 /r1; cmp /e1 /etc/group`;
    expect(await added(members, before, 'ADD a.tar /', shown)).toEqual([
      '-rws--x--x 5:6 2 1 /f1',
      '-rws--x--x 5:6 2 1 /f2',
      '-rw-r--r-- 0:0 2 0 /b/f',
      '-rw-r--r-- 0:0 2 0 /n1',
      '-rws--x--x 5:6 2 1 /g1',
      '-rws--x--x 5:6 2 1 /b/g',
      'prws--x--x 5:6 2 1 /b/p',
      '-rws--x--x 5:6 2 1 /real/r',
      // overlayfs parts the names of one file, too
      '-rw-r--r-- 0:0 2 /b/g2',
      'drwx--x--- 0:0 1 /b',
      "lrwxrwxrwx 5:6 2 '/l1' -> 'b/f'",
      "lrwxrwxrwx 5:6 2 '/l' -> 'b/f'",
      'f',
      'newg',
      'r',
    ]);
  });

  it('finds no file of the image that is gone, replaced or outside of the destination', async () => {
    const before = 'RUN mkdir -p /x/d /x/e; echo >/gone; echo >/x/d/f; echo >/x/e/f\nRUN rm /gone';
    const link = (name: string, linkName: string): Member => ({ name, linkName, type: 'hardlink' });
    const cases: [Member[], string, string, string][] = [
      [[link('h', 'gone')], '/', 'h', '"gone": no such file or directory'],
      [[link('h', '../gone')], '/x', 'h', '"gone": no such file or directory'],
      [[link('d/f', 'd/f')], '/x/', 'd/f', '"d/f": no such file or directory'],
      [[link('d', 'd/f')], '/x/', 'd', '"d/f": no such file or directory'],
      [[{ name: 'd' }, link('h', 'd/f')], '/x/', 'h', '"d/f": no such file or directory'],
      [[{ name: 'd' }, { name: 'd/' }, link('h', 'd/f')], '/x/', 'h', '"d/f": no such file or directory'],
      [[link('h', 'd')], '/x/', 'h', '"d": operation not permitted'],
      [[link('h', '/')], '/x/', 'h', '"": operation not permitted'],
    ];
    for (const [members, to, name, why] of cases)
      expect(await refused({ 'a.tar': archive(...members) }, ...before.split('\n'), `ADD a.tar ${to}`)).toBe(
        `unpack "${name}": link to ${why}`,
      );
    const ADD = 'ADD --link a.tar /x/';
    expect(await refused({ 'a.tar': archive(link('h', 'd/f')) }, ...before.split('\n'), ADD)).toContain(
      'no such',
    );
  });

  it('unpacks and copies in the order of the sources, each over what was before', async () => {
    const files = {
      'b.tar': archive({ name: 'f', content: 'b' }, { name: 'l', type: 'symlink', linkName: '/d' }),
      'a.tar': archive({ name: 'f', content: 'a' }, { name: 'l/in', content: 'in' }),
      '1/s.tar': archive({ name: 'f1', content: '1' }),
      '2/s.tar': archive({ name: 'f2', content: '2' }),
      'link.tar': archive({ name: 'h', type: 'hardlink', linkName: 'f' }),
      f: 'file',
      'in/f': 'inner',
    };
    const adds = ['b.tar a.tar /1/', 'a.tar b.tar /2/', '*/s.tar /3/', 'b.tar f /4/', 'f b.tar /5/'];
    const more = ['f link.tar /6/', 'f in b.tar link.tar in/f /7/'];
    const made = [
      'RUN mkdir -p /1/d /2/d',
      ...[...adds, ...more].map((words) => `ADD ${words}`),
      'RUN for f in $(find /? -type f | sort); do echo $f $(cat $f); done',
    ];
    const wanted = ['/1/d/in in', '/1/f a', '/2/f b', '/3/f1 1', '/3/f2 2', '/4/f file', '/5/f b'];
    expect(await lines(files, ...made)).toEqual([
      ...wanted,
      ...['/6/f file', '/6/h file', '/7/f inner', '/7/h b'],
    ]);
    // another order is another step
    const one = await builder.build({ ...files, Dockerfile: 'FROM busybox\nADD 1/s.tar f b.tar /\n' });
    const two = await builder.build({ ...files, Dockerfile: 'FROM busybox\nADD 1/s.tar b.tar f /\n' });
    expect([two.cached, two.imageId === one.imageId]).toEqual([[], false]);
  });
});
