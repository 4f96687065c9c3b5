import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';

describe.skipIf(!canRunContainers)('volumes', () => {
  const boxtop = sharedBoxtop('volumes', {
    extra: [
      { name: 'data/', type: 'directory', mode: 0o750, uid: 1000, gid: 1000 },
      { name: 'data/first', content: 'from the image\n', uid: 1000, gid: 1000 },
    ],
  });
  const run = (...args: string[]) => boxtop.ok('run', '--network', 'none', '--rm', ...args);
  const sh = (flags: string[], script: string) => run(...flags, 'busybox', 'sh', '-c', script);
  const volumes = async (...args: string[]) =>
    (await boxtop.ok('volume', 'ls', '-q', ...args)).split('\n').filter(Boolean);

  beforeAll(async () => {
    const tar = join(boxtop.work, 'busybox.tar');
    await boxtop.ok('import', '-c', 'VOLUME /data', '-c', 'CMD ["ls","/data"]', tar, 'withvolume');
  });

  it('keep what was written when the container is gone, and are refused removal while one has them', async () => {
    expect(await boxtop.ok('volume', 'create', 'kept')).toBe('kept');
    await sh(['-v', 'kept:/d'], 'echo 1 > /d/f');
    await boxtop.ok('run', '--network', 'none', '--name', 'user', '-v', 'kept:/d', 'busybox', 'cat', '/d/f');
    const id = await boxtop.ok('ps', '-aq', '--no-trunc', '--filter', 'name=user');
    const refused = await boxtop.run(['volume', 'rm', 'kept']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`Error response from daemon: remove kept: volume is in use - [${id}]`);
    await boxtop.ok('rm', 'user');
    expect(
      await sh(
        ['--mount', 'type=volume,source=kept,target=/d,readonly'],
        'cat /d/f; touch /d/g 2>&1 || true',
      ),
    ).toMatch(/^1\n.*Read-only file system$/);
    expect(await boxtop.ok('volume', 'rm', 'kept')).toBe('kept');
    const missing = await boxtop.run(['volume', 'inspect', 'kept']);
    expect(missing).toMatchObject({ exitCode: 1, stdout: '[]\n' });
    expect(missing.stderr).toContain('Error: No such volume: kept');
  });

  it('tell what they are in the words of Docker', async () => {
    await boxtop.ok('volume', 'create', '--label', 'a=b', 'told');
    await boxtop.ok('create', '-v', 'asked:/x', '--name', 'asker', 'busybox');
    const inspect = async (name: string) =>
      (JSON.parse(await boxtop.ok('volume', 'inspect', name)) as Record<string, unknown>[])[0]!;
    expect(await inspect('told')).toMatchObject({
      Driver: 'local',
      Labels: { a: 'b' },
      Options: {},
      Scope: 'local',
    });
    expect(await inspect('asked')).toMatchObject({ Labels: null, Options: null });
    expect(statSync((await inspect('told'))['Mountpoint'] as string).isDirectory()).toBe(true);
    expect(await volumes('--filter', 'dangling=true')).toEqual(['told']);
    await boxtop.ok('rm', '-v', 'asker');
    expect(await volumes()).toEqual(['asked', 'told']); // -v removes anonymous ones only
    await boxtop.ok('volume', 'rm', 'told', 'asked');
  });

  it('begin with the image’s content, its owner and mode, and keep their own afterwards', async () => {
    expect(
      await sh(['-v', 'filled:/data'], 'stat -c "%u:%g %a" /data; cat /data/first; echo own > /data/first'),
    ).toBe('1000:1000 750\nfrom the image');
    expect(await sh(['-v', 'filled:/data'], 'cat /data/first')).toBe('own');
    expect(await sh(['--mount', 'type=volume,src=empty,dst=/data,volume-nocopy'], 'ls /data')).toBe('');
    await boxtop.ok('volume', 'rm', 'filled', 'empty');
  });

  it('are made for VOLUME of an image, and go with --rm and rm -v', async () => {
    expect(await run('withvolume')).toBe('first');
    expect(await volumes()).toEqual([]);
    // before the container, so that nobody who waits for its removal finds them
    const events = ['events', '--since', '1m', '--until', '0s', '--filter', 'event=destroy'];
    const told = await boxtop.ok(...events, '--format', '{{.Type}}');
    expect(told.split('\n').slice(-2)).toEqual(['volume', 'container']);
    await boxtop.ok('run', '--network', 'none', '--name', 'anon', '-v', '/more', 'withvolume');
    expect(await volumes()).toHaveLength(2);
    expect((await volumes()).every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true);
    await boxtop.ok('rm', '-v', 'anon');
    expect(await volumes()).toEqual([]);
    expect(await run('-v', 'mine:/data', 'withvolume')).toBe('first');
    expect(await volumes()).toEqual(['mine']);
    await boxtop.ok('volume', 'rm', 'mine');
  });

  it('keep no container from its removal when their files can’t be removed', async () => {
    await boxtop.ok('create', '--name', 'anon', '-v', '/more', 'busybox');
    const busy = join(await boxtop.ok('inspect', '-f', '{{(index .Mounts 0).Source}}', 'anon'), 'busy');
    mkdirSync(busy);
    execFileSync('mount', ['-t', 'tmpfs', 'none', busy]);
    try {
      const { exitCode, stderr } = await boxtop.run(['rm', '-v', 'anon']);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('EBUSY')]);
      expect(await boxtop.ok('ps', '-aq')).toBe('');
      expect(await volumes()).toEqual([]);
    } finally {
      const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
      const places = mounts.map((line) => line.split(' ')[1] ?? '').filter((path) => path.endsWith('/busy'));
      for (const path of places.filter((each) => each.startsWith(boxtop.root)))
        execFileSync('umount', [path]);
    }
    await boxtop.ok('volume', 'prune', '-f');
    expect(readdirSync(dirname(dirname(dirname(busy))))).toEqual([]);
  });

  it('bind folders and files of the machine', async () => {
    const folder = join(boxtop.work, 'bound');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), 'host\n');
    symlinkSync('file', join(folder, 'link'));
    expect(await sh(['-v', `${folder}:/b`], 'cat /b/link; echo in > /b/new')).toBe('host');
    expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('in\n');
    expect(await sh(['-v', `${folder}:/b:ro`], 'touch /b/x 2>&1 || true')).toContain('Read-only file system');
    expect(await sh(['-v', `${join(folder, 'file')}:/etc/one`], 'cat /etc/one')).toBe('host');
    expect(await sh(['--mount', `type=bind,source=${folder},target=/b,readonly`], 'cat /b/file')).toBe(
      'host',
    );
    const { stdout } = await boxtop.run(
      ['run', '--network', 'none', '--rm', '-v', './bound:/b', 'busybox', 'cat', '/b/file'],
      { cwd: boxtop.work },
    );
    expect(stdout).toBe('host\n');
  });

  it('make a missing folder for -v; --mount refuses it', async () => {
    const missing = join(boxtop.work, 'not', 'there');
    await sh(['-v', `${missing}:/b`], 'touch /b/made');
    expect(statSync(join(missing, 'made')).isFile()).toBe(true);
    const refused = await boxtop.run([
      'run',
      '--rm',
      '--mount',
      'type=bind,source=/nosuch/folder,target=/b',
      'busybox',
    ]);
    expect(refused.exitCode).toBe(125);
    expect(refused.stderr).toContain(
      'invalid mount config for type "bind": bind source path does not exist: /nosuch/folder',
    );
    expect(await boxtop.ok('ps', '-aq')).toBe('');
  });

  it('mount memory with tmpfs, and leave an image’s volume below a bind alone', async () => {
    expect(await sh(['--tmpfs', '/t:size=1m,mode=1770'], 'stat -c %a /t; df -k /t | tail -1')).toMatch(
      /^1770\n.*\b1024\b/,
    );
    expect(await sh(['--mount', 'type=tmpfs,target=/t,tmpfs-size=2m'], 'df -k /t | tail -1')).toMatch(
      /\b2048\b/,
    );
    expect(await run('--tmpfs', '/data', 'withvolume')).toBe('');
    expect(await volumes()).toEqual([]);
  });

  it('come from a data container, in a chain, and can be backed up and restored', async () => {
    const backup = join(boxtop.work, 'backup');
    mkdirSync(backup);
    await boxtop.ok('create', '-v', '/dbdata', '--name', 'dbdata', 'busybox', 'true');
    await boxtop.ok(
      'create',
      '--volumes-from',
      'dbdata',
      '--name',
      'db1',
      'busybox',
      'sh',
      '-c',
      'echo row > /dbdata/table',
    );
    await boxtop.ok('start', '-a', 'db1');
    expect(await sh(['--volumes-from', 'db1'], 'cat /dbdata/table')).toBe('row');
    expect(await sh(['--volumes-from', 'db1:ro'], 'touch /dbdata/x 2>&1 || true')).toContain('Read-only');
    await run(
      '--volumes-from',
      'dbdata',
      '-v',
      `${backup}:/backup`,
      'busybox',
      'tar',
      'cf',
      '/backup/backup.tar',
      '/dbdata',
    );
    await boxtop.ok('rm', '-v', 'dbdata'); // its data live as long as db1 has them
    expect(await sh(['--volumes-from', 'db1'], 'cat /dbdata/table')).toBe('row');
    await boxtop.ok('create', '-v', '/dbdata', '--name', 'dbdata2', 'busybox', 'true');
    await run(
      '--volumes-from',
      'dbdata2',
      '-v',
      `${backup}:/backup`,
      'busybox',
      'tar',
      'xf',
      '/backup/backup.tar',
    );
    expect(await sh(['--volumes-from', 'dbdata2'], 'cat /dbdata/table')).toBe('row');
    await boxtop.ok('rm', '-v', 'db1', 'dbdata2');
    expect(await volumes()).toEqual([]);
  });

  it('are pruned when no container has them', async () => {
    await boxtop.ok('volume', 'create', 'spare');
    await sh(['-v', 'spare:/d'], 'head -c 4096 /dev/zero > /d/f');
    expect(await boxtop.ok('volume', 'prune', '-f')).toMatch(
      /^Deleted Volumes:\nspare\n\nTotal reclaimed space: 4\.\d+kB$/,
    );
    expect(await volumes()).toEqual([]);
  });
});
