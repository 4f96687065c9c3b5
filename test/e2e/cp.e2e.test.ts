import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { archiveDirectory, readTar } from '../../src/layerfs/index.ts';
import { archive, type Member } from '../layerfs/archives.ts';
import { runCommandLine } from '../support/cli.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore } from '../support/store.ts';

describe.skipIf(!canRunContainers)('cp', () => {
  const store = sharedStore();
  let host: string;
  let folder: string;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    host = mkdtempSync(join(tmpdir(), 'boxtop-cp-'));
    await store.engine.volumes.create({ Name: 'data' });
    writeFileSync(join(host, 'bound'), 'bound\n');
    mkdirSync(join(host, 'locked'));
    const Binds = [`${host}/bound:/bound`, `${host}/locked:/locked:ro`, 'data:/data'];
    const sleep = ['sleep', '10000'];
    ids['running'] = await store.create(sleep, { HostConfig: { Binds } }, 'running');
    ids['stopped'] = await store.create(sleep, { HostConfig: { Binds } }, 'stopped');
    ids['fixed'] = await store.create(
      sleep,
      { HostConfig: { ReadonlyRootfs: true, Binds: ['data:/data'] } },
      'fixed',
    );
    await store.engine.containers.start('running');
  });
  afterAll(async () => {
    rmSync(host, { recursive: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(host, 'test-'));
  });

  const cp = (...args: string[]) => runCommandLine(store.engine, ['cp', ...args]);
  const ok = async (...args: string[]) =>
    expect(await cp(...args)).toMatchObject({ exitCode: 0, stderr: '' });
  const refused = async (words: string | RegExp, ...args: string[]) =>
    expect(await cp(...args)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(new RegExp(words, 'm')),
    });
  const unpack = (members: Member[], to: string) =>
    runCommandLine(store.engine, ['cp', '-', to], archive(...members));
  /** A shell in the running container. */
  async function inside(script: string): Promise<string> {
    const { stdout } = await runCommandLine(store.engine, ['exec', 'running', 'sh', '-c', script]);
    return stdout.trim();
  }

  async function namesIn(tar: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of readTar(Readable.from([Buffer.from(tar, 'latin1')]))) names.push(name);
    return names;
  }

  it('words refusals as Docker, with nothing done', async () => {
    const file = `${host}/bound`;
    await refused(/^Error: No such container:path: running:\/no$/m, file, 'running:/no/such');
    await refused(/^Error: No such container:path: none:\/x$/m, 'none:/x', folder);
    await refused(/^no such directory$/m, file, 'running:/no/');
    await refused(
      /^Error response from daemon: extraction point is not a directory$/m,
      file,
      'running:/etc/passwd/x',
    );
    await refused(/^cannot copy directory$/m, folder, 'running:/etc/passwd');
    await refused(/^not a directory$/m, `${file}/`, 'running:/x');
    await refused(
      new RegExp(`^lstat ${folder}/none: no such file or directory$`, 'm'),
      `${folder}/none/x`,
      'running:/x',
    );
    await refused(
      `^invalid output path: directory "${folder}/no" does not exist$`,
      'running:/etc',
      `${folder}/no/x`,
    );
    await refused(
      '^invalid output path: "/dev/null" must be a directory or a regular file: got a device$',
      'running:/etc/passwd',
      '/dev/null',
    );
    await refused('^must specify at least one container source$', ':/a', folder);
    await refused('^copying between containers is not supported$', 'running:/a', 'stopped:/b');
    await refused('^destination "running:/etc/passwd" must be a directory$', '-', 'running:/etc/passwd');
    mkdirSync(`${folder}/src`);
    mkdirSync(`${folder}/src/passwd`);
    await refused(
      /^Error response from daemon: cannot overwrite non-directory "\/etc\/passwd" with directory "\/etc"$/m,
      `${folder}/src/.`,
      'running:/etc',
    );
    await refused(
      `^cannot overwrite directory "${folder}/src/passwd" with non-directory "${folder}/src"$`,
      'running:/etc/passwd',
      `${folder}/src`,
    );
    expect(await inside('ls -d /no /x /etc/passwd/ 2>&1 | grep -c "No such\\|Not a dir"')).toBe('3');
  });

  it('follows a link at the destination, here and there, also to what is not made yet', async () => {
    writeFileSync(`${folder}/new`, 'new');
    symlinkSync('made', `${folder}/link`);
    await ok('running:/etc/passwd', `${folder}/link`);
    expect([readlinkSync(`${folder}/link`), readFileSync(`${folder}/made`, 'utf8')]).toEqual([
      'made',
      expect.stringContaining('root'),
    ]);
    await inside('mkdir -p /l/real; ln -s real /l/dir; ln -s made /l/broken; ln -s /l/loop /l/loop');
    await ok(`${folder}/new`, 'running:/l/dir');
    await ok(`${folder}/new`, 'running:/l/broken');
    expect(await inside('readlink /l/broken; cat /l/made /l/real/new')).toBe('made\nnewnew');
    await refused('leads nowhere', `${folder}/new`, 'running:/l/loop');
    await refused('too many levels of symbolic links', 'running:/l/loop/', folder);
  });

  it('resolves links inside the container only', async () => {
    await inside(
      `mkdir -p /e; ln -s ${host} /e/host; ln -s ../../../../../../../../.. /e/up; mkdir -p ${host}; echo in >${host}/bound`,
    );
    await ok('running:/e/host/bound', `${folder}/bound`);
    expect(readFileSync(`${folder}/bound`, 'utf8')).toBe('in\n');
    await ok(`${folder}/bound`, 'running:/e/host/planted');
    await ok(`${folder}/bound`, `running:/e/up${host}/planted2`);
    expect(readdirSync(host).filter((name) => name.startsWith('planted'))).toEqual([]);
    expect(await inside(`ls ${host}`)).toBe('bound\nplanted\nplanted2');
  });

  it('takes an archive from standard input, refuses one that leads out, and gives one to standard output', async () => {
    expect(await unpack([{ name: 'a/b', content: 'x' }], 'running:/tmp')).toMatchObject({ exitCode: 0 });
    expect(await inside('cat /tmp/a/b; ln -s a /tmp/link')).toBe('x');
    expect(await unpack([{ name: '../escaped', content: 'x' }], 'running:/tmp')).toMatchObject({
      exitCode: 1,
    });
    expect(
      await unpack([{ name: 'h', type: 'hardlink', linkName: '/../../etc/shadow' }], 'running:/tmp'),
    ).toMatchObject({ exitCode: 1 });
    expect((await namesIn((await cp('-L', 'running:/tmp/link', '-')).stdout))[0]).toBe('a/');
    expect((await namesIn((await cp('running:/.', '-')).stdout))[0]).toBe('./');
  });

  it.each(['running', 'stopped'])(
    'writes to the volume of a %s container, and leaves alone what is read-only or mounted',
    async (name) => {
      writeFileSync(`${folder}/new`, name);
      await ok(`${folder}/new`, `${name}:/data/of-${name}`);
      expect(await inside(`cat /data/of-${name}`)).toBe(name);
      await refused(
        '^Error response from daemon: mounted volume is marked read-only',
        `${folder}/new`,
        `${name}:/locked/x`,
      );
      await refused(
        '^Error response from daemon: unlinkat /bound: device or resource busy',
        `${folder}/new`,
        `${name}:/bound`,
      );
      expect(readFileSync(`${host}/bound`, 'utf8')).toBe('bound\n');
      expect(await inside('cat /bound')).toBe('bound');
      await ok(`${name}:/bound`, `${folder}/bound`);
      expect(readFileSync(`${folder}/bound`, 'utf8')).toBe('bound\n');
      await ok(`${name}:/data`, folder);
      expect(readdirSync(`${folder}/data`)).toContain(`of-${name}`);
    },
  );

  it('refuses to write to a read-only root, not to a volume in it', async () => {
    for (const isUp of [false, true]) {
      if (isUp) await store.engine.containers.start('fixed');
      await refused(
        '^Error response from daemon: container rootfs is marked read-only',
        `${host}/bound`,
        'fixed:/x',
      );
      await ok(`${host}/bound`, 'fixed:/data/kept');
    }
    await store.engine.containers.kill('fixed');
  });

  it('keeps away from the file systems of the kernel', async () => {
    await refused(
      '^Error: No such container:path: running:/proc/version\n.*boxtop exec',
      'running:/proc/version',
      folder,
    );
    await refused(
      '^Error: No such container:path: running:/proc/1/root/proc/version',
      'running:/proc/1/root/proc/version',
      folder,
    );
    await refused('^Error: No such container:path', `${host}/bound`, 'running:/proc/sys/kernel/hostname');
    await refused('^Error: No such container:path', `${host}/bound`, 'running:/sys/x');
    const names = await namesIn((await cp('running:/', '-')).stdout);
    expect(names).toContain('/etc/hostname');
    expect(names.filter((name) => /^\/(proc|sys)\/./.test(name))).toEqual([]);
  });

  it('keeps owners with -a, and modes, times, holes, devices, capabilities and odd names anyway', async () => {
    const xattrs = new Map([
      ['security.capability', Buffer.from('AQAAAgAgAAAAAAAAAAAAAAAAAAA=', 'base64')],
      ['user.note', Buffer.from('n')],
    ]);
    const members: Member[] = [
      {
        name: 't/',
        mode: 0o750,
        uid: 11,
        gid: 12,
        mtimeNs: 1_000_000_000n * 86_400n,
        xattrs: new Map([['user.note', Buffer.from('d')]]),
      },
      { name: 't/cap', content: 'c', mode: 0o755, uid: 11, gid: 12, xattrs },
      { name: 't/pipe', type: 'fifo', mode: 0o640, uid: 11 },
      { name: 't/null', type: 'char', devMajor: 1, devMinor: 3, mode: 0o666 },
      { name: `t/${'x'.repeat(200)}`, content: 'long' },
    ];
    expect(await unpack(members, 'running:/var')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await inside('cd /var/t; stat -c "%n %a %u:%g %F" . cap pipe null; stat -c %Y .')).toBe(
      '. 750 11:12 directory\ncap 755 11:12 regular file\npipe 640 11:0 fifo\nnull 666 0:0 character special file\n86400',
    );
    const { stdout } = await cp('running:/var/t', '-');
    expect(stdout.match(/SCHILY\.xattr\.(user\.note=[nd]|security\.capability)/g)?.sort()).toEqual([
      'SCHILY.xattr.security.capability',
      'SCHILY.xattr.user.note=d',
      'SCHILY.xattr.user.note=n',
    ]);
    await ok('-a', 'running:/var/t', `${folder}/kept`);
    await ok('running:/var/t', `${folder}/plain`);
    expect([statSync(`${folder}/kept/cap`).uid, statSync(`${folder}/plain/cap`).uid]).toEqual([11, 0]);
    // capabilities are rights, as setuid is: here they come only with -a
    const attributes = new Map<string, string[]>();
    for await (const { name, xattrs: found } of archiveDirectory(folder))
      attributes.set(name, [...found.keys()]);
    expect(attributes.get('./kept/cap')?.sort()).toEqual(['security.capability', 'user.note']);
    expect(attributes.get('./plain/cap')).toEqual(['user.note']);
    expect(statSync(`${folder}/kept`).mtimeMs).toBe(86_400_000);
    expect(lstatSync(`${folder}/plain/pipe`).isFIFO()).toBe(true);
  });
});
