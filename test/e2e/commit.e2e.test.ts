import type { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageInspect } from '../../src/engine/index.ts';
import { readTar, type TarEntry } from '../../src/layerfs/index.ts';
import { archive } from '../layerfs/archives.ts';
import { runCommandLine } from '../support/cli.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore, until } from '../support/store.ts';

const ID = /^sha256:[0-9a-f]{64}\n$/;

describe.skipIf(!canRunContainers)('commit', () => {
  const store = sharedStore();
  beforeAll(async () => {
    await store.engine.volumes.create({ Name: 'data' });
    await store.create(
      ['sleep', '10000'],
      {
        Env: ['A=1'],
        Labels: { l: 'x' },
        ExposedPorts: { '80/tcp': {} },
        User: '0:0',
        WorkingDir: '/tmp',
        Volumes: { '/anonymous': {} },
        HostConfig: { Binds: ['data:/data'], Tmpfs: { '/memory': '' } },
      },
      'up',
    );
    await store.engine.containers.start('up');
    await inside(
      'rm /etc/group; rm -r /var; mkdir /var; echo n >/var/new; echo c >/c; ln /c /d; mkfifo /pipe; mknod /null c 1 3; chown 5:6 /c; chmod 4711 /c; echo v >/data/v; echo m >/memory/m; echo a >/anonymous/a; echo h >>/etc/hosts; echo s >/dev/shm/s',
    );
    const xattrs = new Map([['security.capability', Buffer.from('AQAAAgAgAAAAAAAAAAAAAAAAAAA=', 'base64')]]);
    await runCommandLine(
      store.engine,
      ['cp', '-', 'up:/'],
      archive({ name: 'cap', content: 'c', mode: 0o755, xattrs }),
    );
  });

  const commit = (...args: string[]) => runCommandLine(store.engine, ['commit', ...args]);
  const inside = (script: string) => runCommandLine(store.engine, ['exec', 'up', 'sh', '-c', script]);
  const committed = async (...args: string[]): Promise<ImageInspect> => {
    expect(await commit(...args)).toEqual({ exitCode: 0, stdout: expect.stringMatching(ID), stderr: '' });
    return await store.engine.images.inspect(args.at(-1)!);
  };
  const refused = async (words: string, ...args: string[]) =>
    expect(await commit(...args)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(words),
    });
  const imageCount = async () => (await store.engine.images.list({ all: true })).length;

  /** What is new in the layer on top, as a container of the image shows it. */
  async function changesOf(image: string): Promise<Map<string, TarEntry>> {
    const { Id } = await store.engine.containers.create({ Image: image, Cmd: ['true'] });
    const entries = new Map<string, TarEntry>();
    const tar = await store.engine.containers.export(Id);
    for await (const entry of readTar(tar as Readable & AsyncIterable<Buffer>))
      entries.set(entry.name.replace(/\/$/, ''), entry);
    await store.engine.containers.remove(Id, { volumes: true });
    return entries;
  }

  it("keeps the container's configuration, and changes what is asked", async () => {
    const plain = await committed('up', 'plain');
    expect(plain.Config).toMatchObject({
      Cmd: ['sleep', '10000'],
      Env: expect.arrayContaining(['A=1']),
      Labels: { l: 'x' },
      ExposedPorts: { '80/tcp': {} },
      User: '0:0',
      WorkingDir: '/tmp',
      Volumes: { '/anonymous': {} },
    });
    const changes = [
      'CMD ["a","b"]',
      'ENTRYPOINT ["x"]',
      'ENV B=$A C="w w"',
      'EXPOSE 81/udp',
      'LABEL m=y "n o"=z',
      'ONBUILD RUN x',
      'USER me',
      'VOLUME /v',
      'WORKDIR rel',
      'HEALTHCHECK CMD true',
    ];
    const changed = await committed(...changes.flatMap((change) => ['-c', change]), 'up', 'changed');
    expect(changed.Config).toMatchObject({
      Cmd: ['a', 'b'],
      Entrypoint: ['x'],
      Env: expect.arrayContaining(['A=1', 'B=1', 'C=w w']),
      ExposedPorts: { '80/tcp': {}, '81/udp': {} },
      Labels: { l: 'x', m: 'y', 'n o': 'z' },
      OnBuild: ['RUN x'],
      User: 'me',
      Volumes: { '/anonymous': {}, '/v': {} },
      WorkingDir: '/tmp/rel',
      Healthcheck: { Test: ['CMD-SHELL', 'true'] },
    });
    const entered = await committed('-c', 'ENTRYPOINT ["x"]', 'up', 'entered');
    expect(entered.Config?.Cmd ?? null).toBeNull();
  });

  it('has a line of history of its own, with author and message, also on top of another commit', async () => {
    const first = await committed('-a', 'Me <me@here>', '-m', 'why', 'up', 'first');
    expect([first.Author, first.Comment, first.RootFS.Layers?.length]).toEqual(['Me <me@here>', 'why', 2]);
    const { Id } = await store.engine.containers.create({
      Image: 'first',
      Cmd: ['sh', '-c', 'echo 2 >/2; rm /c'],
      HostConfig: { NetworkMode: 'none' },
    });
    await store.engine.containers.start(Id);
    await store.engine.containers.wait(Id);
    const second = await committed(Id, 'second');
    expect(second.RootFS.Layers).toEqual([...first.RootFS.Layers!, expect.any(String)]);
    const history = await store.engine.images.history('second');
    expect(history.map(({ CreatedBy, Comment }) => [CreatedBy, Comment])).toEqual([
      ['sh -c echo 2 >/2; rm /c', ''],
      ['sleep 10000', 'why'],
      expect.any(Array),
    ]);
    const files = await changesOf('second');
    expect([files.has('2'), files.has('c'), files.has('d')]).toEqual([true, false, true]);
  });

  it('holds what the container changed: owners, modes, links, devices, capabilities, removals; no volumes, nothing of the engine', async () => {
    await committed('up', 'files');
    const files = await changesOf('files');
    expect(files.get('c')).toMatchObject({ mode: 0o4711, uid: 5, gid: 6 });
    expect(files.get('d')).toMatchObject({ type: 'hardlink', linkName: 'c' });
    expect(files.get('null')).toMatchObject({ type: 'char', devMajor: 1, devMinor: 3 });
    expect(files.get('pipe')?.type).toBe('fifo');
    expect(files.get('cap')?.xattrs.get('security.capability')?.length).toBe(20);
    const below = (folder: string) => [...files.keys()].filter((name) => name.startsWith(`${folder}/`));
    expect(below('var')).toEqual(['var/new']);
    const empty = ['etc/hostname', 'etc/hosts', 'etc/resolv.conf'];
    expect(below('etc').sort()).toEqual([...empty, 'etc/mtab', 'etc/passwd'].sort());
    expect(empty.map((name) => files.get(name)?.sizeBytes)).toEqual([0, 0, 0]);
    expect(below('dev').sort()).toEqual(['dev/console', 'dev/pts', 'dev/shm']);
    for (const folder of ['data', 'memory', 'anonymous', 'dev/shm', 'proc', 'sys'])
      expect([folder, below(folder)]).toEqual([folder, []]);
  });

  it('lets a running one go on, paused while it is read unless told otherwise; one that was paused stays paused', async () => {
    const { containers } = store.engine;
    const status = async () =>
      ((await containers.inspect('up')) as unknown as { State: { Status: string } }).State.Status;
    await inside(
      '(while :; do echo x >>/growing; done) >/dev/null 2>&1 & until [ -s /growing ]; do sleep 0.05; done',
    );
    const seq = new Date().toISOString();
    await committed('up', 'calm');
    expect(await status()).toBe('running');
    const before = (await changesOf('calm')).get('growing')!.sizeBytes;
    await committed('--pause=false', 'up', 'wild');
    expect((await changesOf('wild')).get('growing')!.sizeBytes).toBeGreaterThanOrEqual(before);
    const { stdout } = await runCommandLine(store.engine, [
      'events',
      '--since',
      seq,
      '--until',
      '0s',
      '--format',
      '{{.Action}}',
    ]);
    expect(stdout.split('\n').filter((action) => /^(un)?pause$|^commit$/.test(action))).toEqual([
      'pause',
      'unpause',
      'commit',
      'commit',
    ]);
    await containers.pause('up');
    await committed('up', 'frozen');
    expect(await status()).toBe('paused');
    await containers.unpause('up');
    await inside('kill $(pidof sh)');
    await until(async () => (await status()) === 'running');
  });

  it('without a name gives an image without one', async () => {
    for (const names of [[], ['']]) {
      const { stdout } = await commit('up', ...names);
      expect(stdout).toMatch(ID);
      expect((await store.engine.images.inspect(stdout.trim())).RepoTags).toEqual([]);
    }
  });

  it('refuses bad names, changes and containers before it does anything', async () => {
    const before = await imageCount();
    await refused('invalid reference format', 'up', 'a:b:c');
    await refused('must be lowercase', 'up', 'UP');
    await refused('refusing to create a tag with a digest reference', 'up', `x@sha256:${'0'.repeat(64)}`);
    await refused('cannot specify 64-byte hexadecimal strings', 'up', '0'.repeat(64));
    await refused('No such container: none', 'none', 'x');
    for (const name of ['run', 'copy', 'add', 'from', 'arg', 'maintainer', 'shell', 'foo'])
      await refused(`${name} is not a valid change command`, '-c', `${name.toUpperCase()} x y`, 'up', 'x');
    await refused('file with no instructions', '-c', '', 'up', 'x');
    await refused('ENV must have two arguments', '-c', 'ENV x', 'up', 'x');
    await refused('Invalid containerPort: foo', '-c', 'EXPOSE foo', 'up', 'x');
    await refused('WORKDIR requires exactly one argument', '-c', 'WORKDIR', 'up', 'x');
    await refused(
      "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
      '-c',
      'ONBUILD ONBUILD RUN x',
      'up',
      'x',
    );
    expect(await imageCount()).toBe(before);
  });
});
