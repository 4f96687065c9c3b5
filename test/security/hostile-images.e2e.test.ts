/** Images made to lead the engine or the runtime out of the container's root. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContainerCreate, finish } from '../../src/engine/index.ts';
import { busyboxTar, makeTar, type TarEntry } from '../support/images.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore } from '../support/store.ts';

const runtimes = ['crun', 'runc'].filter((name) =>
  ['/usr/sbin', '/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${name}`)),
);

/** Runs a shell line as a user without rights. */
const asNobody = (script: string) =>
  execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

describe.skipIf(!canRunContainers)('a hostile image', () => {
  const store = sharedStore();
  let outside: string;
  beforeAll(async () => {
    outside = mkdtempSync(join(tmpdir(), 'boxtop-outside-'));
    mkdirSync(join(outside, 'kept'));
  });
  afterAll(async () => {
    rmSync(outside, { recursive: true });
  });

  const image = async (name: string, extra: TarEntry[], changes: string[] = []) => {
    const stream = Readable.from([busyboxTar(extra)]);
    await finish(
      store.engine.images.import(stream, { reference: name, changes: ['ENV PATH=/bin', ...changes] }),
    );
    return name;
  };
  const link = (name: string, target: string): TarEntry => ({ name, type: 'symlink', link: target });
  const run = async (Image: string, script: string, body: Partial<ContainerCreate> = {}) =>
    await store.run(['sh', '-c', script], { Image, ...body });

  it.each(runtimes)(
    'cannot have %s mount over the host with /dev, /proc or /sys that are symlinks (CVE-2025-31133, CVE-2026-47766)',
    async (Runtime) => {
      await image('links', [link('dev', outside), link('proc', '/'), link('sys', 'etc')]);
      const before = readdirSync(outside);
      const { stdout, code } = await run(
        'links',
        'for d in dev proc sys; do [ -L /$d ] || echo $d; done; ls /proc/self/stat',
        {
          HostConfig: { Runtime },
        },
      );
      expect([code, stdout]).toEqual([0, 'dev\nproc\nsys\n/proc/self/stat\n']);
      expect(readdirSync(outside)).toEqual(before);
    },
  );

  it.each(runtimes)(
    'cannot have a volume mounted over /proc by %s through a symlink (CVE-2019-19921, CVE-2023-27561)',
    async (Runtime) => {
      await image('proc-volume', [link('evil', '/proc')], ['VOLUME /evil']);
      await expect(run('proc-volume', 'true', { HostConfig: { Runtime } })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    },
  );

  it.each(runtimes)(
    'cannot start or exec in a folder of the host behind a symlink to a descriptor (CVE-2024-21626, %s)',
    async (Runtime) => {
      await image('fd-folder', [link('evil', '/proc/self/fd')]);
      for (let fd = 3; fd < 10; fd += 1) {
        const WorkingDir = `/evil/${fd}`;
        await expect(run('fd-folder', 'true', { WorkingDir, HostConfig: { Runtime } })).rejects.toMatchObject(
          {
            exitCode: expect.any(Number),
          },
        );
      }
      const id = await store.create(['sleep', '1000'], { Image: 'fd-folder', HostConfig: { Runtime } });
      await store.engine.containers.start(id);
      for (let fd = 3; fd < 10; fd += 1) {
        const { Id } = await store.engine.containers.execCreate(id, {
          Cmd: ['true'],
          WorkingDir: `/evil/${fd}`,
        });
        await expect(store.engine.containers.execStart(Id, { attach: true })).rejects.toMatchObject({
          exitCode: expect.any(Number),
        });
      }
    },
  );

  it.each([
    '/proc/self/fd/7',
    '//proc/./self/fd/7',
    '/x/../proc/self/cwd',
    '/proc/1/root',
    '/proc/thread-self/fd',
  ])('is refused with the working directory %s before anything is made', async (WorkingDir) => {
    await expect(store.create(['true'], { WorkingDir })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.each([
    ['a pipe', { name: 'etc/passwd', type: 'fifo' }],
    ['a folder', { name: 'etc/passwd/x', type: 'directory' }],
    ['endless', { name: 'etc/passwd', content: Buffer.alloc(11 * 1024 * 1024, 'x') }],
  ] as [string, TarEntry][])(
    'is refused quickly when /etc/passwd is %s (CVE-2024-9676, CVE-2026-47262)',
    async (_, entry) => {
      const base = [{ name: 'bin/', type: 'directory' }, { name: 'etc/', type: 'directory' }, entry];
      const stream = Readable.from([makeTar(base as TarEntry[])]);
      await finish(store.engine.images.import(stream, { reference: 'passwd' }));
      await expect(run('passwd', 'true')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  it("does not get the host's user names through a symlink at /etc/passwd", async () => {
    writeFileSync(join(outside, 'passwd'), 'ghost:x:0:0::/:/bin/sh\n');
    await image('passwd-link', [link('etc/passwd', `../../../..${outside}/passwd`)]);
    await expect(run('passwd-link', 'id', { User: 'ghost' })).rejects.toThrow('unable to find user ghost');
  });

  it.each(['2147483648', '4294967296', '-1', '99999999999999999999', '0x0', '1:4294967296'])(
    'is refused with the user %s, which would overflow or be taken for root (CVE-2024-40635)',
    async (User) => {
      await expect(run('busybox', 'id', { User })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  it('keeps the primary group among the additional ones (CVE-2022-36109)', async () => {
    expect((await run('busybox', 'id -G', { User: '1234:4321' })).stdout).toBe('4321\n');
    expect((await run('busybox', 'grep Groups /proc/self/status', { User: 'user' })).stdout).toBe(
      'Groups:\t1000 2000 \n',
    );
  });

  it('has setuid files that other users of this machine cannot reach (CVE-2021-41091)', async () => {
    await image('setuid', [{ name: 'su', content: 'x', mode: 0o4755 }]);
    const { id } = await run('setuid', 'echo secret; sleep 0');
    const found = execFileSync('find', [store.root, '-perm', '-4000'], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(found.length).toBeGreaterThan(0);
    execFileSync('chmod', ['755', store.root]); // a root that somebody made before
    const files = [...found, join(store.root, 'containers', id, 'log'), join(store.root, 'db/state.db')];
    for (const file of files) expect(asNobody(`cat ${file} || stat ${file} || echo closed`)).toBe('closed\n');
    expect(asNobody(`ls ${store.root}/* 2>/dev/null || true`)).toBe('');
    expect(asNobody(`find ${store.root} -mindepth 2 2>/dev/null || true`)).toBe('');
  });

  it('is attached to by root alone: sockets, pipes and logs of a running container are closed', async () => {
    const id = await store.create(['sleep', '1000'], { OpenStdin: true });
    await store.engine.containers.start(id);
    const bundle = join(store.root, 'run/containers', id);
    execFileSync('chmod', ['755', store.root]);
    const names = readdirSync(bundle);
    expect(names).toEqual(expect.arrayContaining(['attach', 'ctl', 'config.json']));
    for (const name of names) expect(asNobody(`stat ${bundle}/${name} || echo closed`)).toBe('closed\n');
  });
});
