import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BIN, sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';

describe.skipIf(!canRunContainers)('the files of containers', () => {
  const boxtop = sharedBoxtop('files');
  const path = (...names: string[]) => join(boxtop.work, ...names);
  /** A shell pipeline in the test's folder, with `boxtop` for the program. */
  const shell = (script: string) =>
    execFileSync('sh', ['-ec', script.replaceAll('boxtop ', `'${BIN}' --root '${boxtop.root}' `)], {
      cwd: boxtop.work,
      encoding: 'utf8',
    });
  const inside = (script: string) => boxtop.ok('exec', 'up', 'sh', '-c', script);

  beforeAll(async () => {
    await boxtop.ok(
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      'up',
      '-v',
      'vol:/vol',
      'busybox',
      'sleep',
      '1000',
    );
    await boxtop.ok('create', '--name', 'down', 'busybox');
    mkdirSync(path('tree', 'sub'), { recursive: true });
    writeFileSync(path('tree', 'a'), 'a\n');
    writeFileSync(path('tree', 'sub', 'b'), 'b\n', { mode: 0o640 });
    symlinkSync('a', path('tree', 'link'));
  });

  it('are copied in and out of running and stopped ones, folders with all they hold', async () => {
    for (const name of ['up', 'down']) {
      await boxtop.ok('cp', path('tree'), `${name}:/tree`);
      await boxtop.ok('cp', `${name}:/tree`, path(`from-${name}`));
      expect(readFileSync(path(`from-${name}`, 'sub', 'b'), 'utf8')).toBe('b\n');
      expect(readlinkSync(path(`from-${name}`, 'link'))).toBe('a');
      expect(statSync(path(`from-${name}`, 'sub', 'b')).mode & 0o777).toBe(0o640);
    }
    await boxtop.ok('cp', `${path('tree')}/.`, 'up:/tmp');
    expect(await inside('ls /tmp')).toBe('a\nlink\nsub');
    await boxtop.ok('cp', path('tree'), 'up:/tmp'); // the folder exists: below it
    expect(await inside('cat /tmp/tree/a')).toBe('a');
    await boxtop.ok('cp', path('tree', 'a'), 'up:/vol/a');
    expect(await inside('cat /vol/a')).toBe('a');
  });

  it('keep their owner only with -a, and links are followed with -L', async () => {
    await inside('echo own > /own; chown 1234:2345 /own');
    await boxtop.ok('cp', 'up:/own', path('plain'));
    expect([statSync(path('plain')).uid, statSync(path('plain')).gid]).toEqual([0, 0]);
    await boxtop.ok('cp', '-a', 'up:/own', path('kept'));
    expect([statSync(path('kept')).uid, statSync(path('kept')).gid]).toEqual([1234, 2345]);
    await boxtop.ok('cp', '-a', path('kept'), 'up:/again');
    expect(await inside('stat -c %u:%g /again')).toBe('1234:2345');
    await boxtop.ok('cp', 'up:/tree/link', path('as-link'));
    expect(lstatSync(path('as-link')).isSymbolicLink()).toBe(true);
    await boxtop.ok('cp', '-L', 'up:/tree/link', path('as-file'));
    expect(readFileSync(path('as-file'), 'utf8')).toBe('a\n');
    await boxtop.ok('cp', '-L', path('tree', 'link'), 'up:/followed');
    expect(await inside('test -h /followed || cat /followed')).toBe('a');
  });

  it('go through pipes as tar streams', () => {
    shell('boxtop cp up:/tree - | tar t > list; boxtop cp up:/tree - | boxtop cp - down:/var');
    expect(readFileSync(path('list'), 'utf8').split('\n').sort()).toEqual(
      ['', 'tree/', 'tree/a', 'tree/link', 'tree/sub/', 'tree/sub/b'].sort(),
    );
    expect(shell('boxtop cp down:/var/tree/sub/b - | tar xO')).toBe('b\n');
  });

  it('are refused in the words of Docker', async () => {
    const refused = async (...args: string[]) => {
      const { exitCode, stderr } = await boxtop.run(['cp', ...args]);
      expect(exitCode).toBe(1);
      return stderr;
    };
    expect(await refused('up:/nosuch', boxtop.work)).toContain('up:/nosuch');
    expect(await refused(path('nosuch'), 'up:/')).toContain('no such file or directory');
    expect(await refused('up:/tree', 'down:/')).toContain('copying between containers is not supported');
    expect(await refused('one', 'two')).toContain('must specify at least one container source');
    expect(await refused(path('tree', 'a'), 'up:/no/such/folder/')).toContain('no such directory');
  });

  it('show what a container changed, and become a layer with commit', async () => {
    await boxtop.ok(
      'run',
      '--network',
      'none',
      '--name',
      'changed',
      'busybox',
      'sh',
      '-c',
      'rm /etc/group; echo x > /etc/passwd; mkdir /new',
    );
    expect((await boxtop.ok('diff', 'changed')).split('\n').sort()).toEqual(
      ['A /new', 'C /etc', 'C /etc/passwd', 'D /etc/group'].sort(),
    );
    await boxtop.ok(
      'commit',
      '-a',
      'me',
      '-m',
      'why',
      '-c',
      'ENV A=1',
      '-c',
      'WORKDIR /new',
      '-c',
      'CMD ["sh","-c","pwd; echo $A; ls /etc/group"]',
      'changed',
      'mine:v1',
    );
    const { exitCode, stdout } = await boxtop.run(['run', '--rm', '--network', 'none', 'mine:v1']);
    expect([exitCode, stdout]).toEqual([1, '/new\n1\n']);
    expect(
      await boxtop.ok('inspect', '-f', '{{.Author}} {{.Comment}} {{len .RootFS.Layers}}', 'mine:v1'),
    ).toBe('me why 2');
    await boxtop.ok('rm', 'changed');
    await boxtop.ok('rmi', 'mine:v1');
  });

  it('survive export and import, without their history and volumes', async () => {
    await inside('echo exported > /exported; chown 77:78 /exported');
    shell('boxtop export up | boxtop import -c "CMD cat /exported" -m "brought in" - back:1 > id');
    shell('boxtop export -o down.tar down; boxtop import down.tar');
    expect(await boxtop.ok('run', '--rm', '--network', 'none', 'back:1')).toBe('exported');
    expect(
      await boxtop.ok('run', '--rm', '--network', 'none', 'back:1', 'stat', '-c', '%u:%g', '/exported'),
    ).toBe('77:78');
    expect(await boxtop.ok('run', '--rm', '--network', 'none', 'back:1', 'ls', '/vol')).toBe('');
    expect(await boxtop.ok('history', '--format', '{{.Comment}}', 'back:1')).toBe('brought in');
    expect(await boxtop.ok('images', '-q', '--no-trunc', 'back:1')).toBe(
      readFileSync(path('id'), 'utf8').trim(),
    );
    const unnamed = await boxtop.ok('images', '-q', '--filter', 'dangling=true');
    expect(unnamed).toMatch(/^[0-9a-f]{12}$/);
    await boxtop.ok('rmi', unnamed, 'back:1');
  });

  it('are imported from a URL', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/busybox.tar' }).end();
      else if (request.url === '/busybox.tar') response.end(readFileSync(path('busybox.tar')));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const result = await boxtop.run(['import', `${base}/moved`, 'fetched']);
      expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) });
      expect(await boxtop.ok('history', '--format', '{{.Comment}}', 'fetched')).toBe(
        `Imported from ${base}/moved`,
      );
      const missing = await boxtop.run(['import', `${base}/none`, 'no']);
      expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('404') });
      expect(await boxtop.ok('run', '--rm', '--network', 'none', 'fetched', 'echo', 'ran')).toBe('ran');
    } finally {
      server.close();
      server.closeAllConnections();
    }
    await boxtop.ok('rmi', 'fetched');
  });
});
