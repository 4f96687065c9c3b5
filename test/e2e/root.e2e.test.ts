import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, sharedBoxtop } from '../support/boxtop.ts';
import { makeTar } from '../support/images.ts';
import { canRunContainers } from '../support/requirements.ts';

/** What a real Docker 20.10 exports of a container of an image without files, started or not. */
const FIXTURES = [
  '-rwxr-xr-x .dockerenv',
  '-rwxr-xr-x dev/console',
  '-rwxr-xr-x etc/hostname',
  '-rwxr-xr-x etc/hosts',
  '-rwxr-xr-x etc/resolv.conf',
  'drwxr-xr-x dev/',
  'drwxr-xr-x dev/pts/',
  'drwxr-xr-x dev/shm/',
  'drwxr-xr-x etc/',
  'drwxr-xr-x proc/',
  'drwxr-xr-x sys/',
  'lrwxrwxrwx etc/mtab',
];

describe.skipIf(!canRunContainers)("a container's root", () => {
  const boxtop = sharedBoxtop('root');
  const exported = (name: string) =>
    execFileSync('sh', ['-c', `'${BIN}' --root '${boxtop.root}' export ${name} | tar -tv`], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
      .map((line) => {
        const [mode = '', , , , , name = ''] = line.split(/\s+/);
        return `${mode} ${name}`;
      })
      .sort();
  const inspected = async (name: string) => JSON.parse(await boxtop.ok('image', 'inspect', name))[0];

  it("has Docker's files besides the image's, which are no change of it, whatever the umask", async () => {
    const file = join(boxtop.work, 'one.tar');
    writeFileSync(file, makeTar([{ name: 'one', content: '1' }]));
    await boxtop.ok('import', file, 'one');
    await boxtop.run(['create', '--name', 'fresh', 'one', '/one'], {
      wrapper: ['sh', '-c', 'umask 077; exec "$@"', 'sh'],
    });
    expect(exported('fresh')).toEqual([...FIXTURES, '-rw-r--r-- one'].sort());
    expect(await boxtop.ok('diff', 'fresh')).toBe('');
    await boxtop.run(['start', '-a', 'fresh']); // it can't be run: its mounts are made all the same
    expect(exported('fresh')).toEqual([...FIXTURES, '-rw-r--r-- one'].sort());
    expect(await boxtop.ok('diff', 'fresh')).toBe('');
    expect(
      await boxtop.ok(
        'run',
        '--rm',
        'busybox',
        'sh',
        '-c',
        'ls -A / | grep docker; cat /etc/mtab | head -c 7',
      ),
    ).toBe('.dockerenv\noverlay');
  });

  it('is committed without a layer when nothing in it was changed, and tells what it was made of', async () => {
    await boxtop.ok('run', '--name', 'idle', '--hostname', 'h', '-e', 'A=1', 'busybox', 'true');
    await boxtop.ok('commit', '-m', 'idle', '-a', 'me', 'idle', 'same');
    const [base, same] = [await inspected('busybox'), await inspected('same')];
    expect(same.RootFS).toEqual(base.RootFS);
    const [{ Id, Config }] = JSON.parse(await boxtop.ok('inspect', 'idle'));
    expect(same).toMatchObject({
      Parent: base.Id,
      Comment: 'idle',
      Author: 'me',
      Container: Id,
      ContainerConfig: Config,
      DockerVersion: await boxtop.ok('version', '--format', '{{.Server.Version}}'),
    });
    expect(same.Created).toMatch(/\.\d{9}Z$/);
    expect(await boxtop.ok('history', '--format', '{{.CreatedBy}} {{.Size}} {{.Comment}}', 'same')).toMatch(
      /^true 0B idle\n/,
    );
    expect(
      await boxtop.ok(
        'run',
        '--rm',
        'same',
        'sh',
        '-c',
        'echo $A; rm /.dockerenv; ls -A / | grep -c dockerenv || :',
      ),
    ).toBe('1\n0');
    const built = boxtop.start(['build', '-q', '-t', 'built', '-'], {
      stdin: 'FROM same\nRUN test -f /.dockerenv\n',
    });
    expect((await built.ended).stderr).toBe('');
    const fresh = await inspected('built');
    expect([fresh.Container, fresh.ContainerConfig.Cmd, fresh.Author]).toEqual(['', null, 'me']);
  });
});
