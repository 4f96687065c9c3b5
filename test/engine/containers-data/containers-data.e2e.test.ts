/** Looking into real containers and copying out of and into them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finish } from '../../../src/engine/index.ts';
import { makeTar } from '../../support/images.ts';
import { mountsOf } from '../../support/leaks.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedStore, type TestStore, until } from '../../support/store.ts';

describe.skipIf(!canRunContainers)('what containers hold', () => {
  const store = sharedStore();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'boxtop-out-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const containers = () => store.engine.containers;

  async function started(
    script: string,
    body: Parameters<TestStore['create']>[1] = {},
    name?: string,
  ): Promise<string> {
    const id = await store.create(['sh', '-c', script], body, name);
    await containers().start(id);
    return id;
  }

  async function ended(id: string): Promise<void> {
    await containers()
      .kill(id)
      .catch(() => {});
    await containers().wait(id);
  }

  /** Reads a path and unpacks it into `folder` with the host's tar; returns the listing of the archive. */
  async function fetch(id: string, path: string): Promise<string> {
    const { stream } = await containers().readArchive(id, path);
    const tar = await bytesOf(stream);
    execFileSync('tar', ['-x', '--xattrs', '--xattrs-include=*', '-C', folder], { input: tar });
    return execFileSync('tar', ['-t'], { input: tar, encoding: 'utf8' });
  }

  async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  const ready = (id: string, path: string) =>
    until(() =>
      containers()
        .statPath(id, path)
        .then(
          () => true,
          () => false,
        ),
    );

  it('copies out of running and stopped containers alike, with volumes, links, owners and modes', async () => {
    const script =
      'mkdir -p /d/s; echo text >/d/f; chown 1000:2000 /d/f; chmod 4750 /d/f; ln -s f /d/l; ln /d/f /d/h; echo v >/d/vol/v; touch /ready; sleep 1000';
    const id = await started(script, { HostConfig: { Binds: ['copied:/d/vol'] } });
    await ready(id, '/ready');
    for (const state of ['running', 'stopped']) {
      if (state === 'stopped') await ended(id);
      expect((await fetch(id, '/d')).trim().split('\n').sort()).toEqual([
        'd/',
        'd/f',
        'd/h',
        'd/l',
        'd/s/',
        'd/vol/',
        'd/vol/v',
      ]);
      const file = statSync(join(folder, 'd/f'));
      expect([file.uid, file.gid, file.mode & 0o7777, file.nlink]).toEqual([1000, 2000, 0o4750, 2]);
      expect(readFileSync(join(folder, 'd/vol/v'), 'utf8')).toBe('v\n');
      expect(await fetch(id, '/d/vol/v')).toBe('v\n');
      expect(await fetch(id, '/d/l')).toBe('l\n');
      expect(await containers().statPath(id, '/d/l')).toMatchObject({ name: 'l', linkTarget: '/d/f' });
    }
    await expect(containers().readArchive(id, '/none')).rejects.toThrow(
      `Could not find the file /none in container ${id}`,
    );
  });

  it('copies into running and stopped containers, volumes too, and refuses what is read-only', async () => {
    const readOnly = { ReadonlyRootfs: true, Binds: ['into:/vol', 'fixed:/fixed:ro'] };
    const id = await started('sleep 1000', { HostConfig: readOnly });
    const tar = makeTar([
      { name: 'a/', type: 'directory', mode: 0o710 },
      { name: 'a/f', content: 'x', mode: 0o4755, uid: 7, gid: 8 },
    ]);
    const put = (path: string) => containers().writeArchive(id, path, Readable.from([tar]));
    for (const state of ['running', 'stopped']) {
      if (state === 'stopped') await ended(id);
      await put('/vol');
      const stat = await containers().statPath(id, '/vol/a/f');
      expect([stat.mode & 0o7777, stat.size]).toEqual([0o4755, 1]);
      for (const path of ['/', '/fixed']) await expect(put(path)).rejects.toThrow(/read-only/);
      await expect(put('/vol/a/f')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(put('/nowhere')).rejects.toThrow(/Could not find the file \/nowhere/);
    }
    const volume = (await store.engine.volumes.inspect('into')).Mountpoint;
    expect([statSync(join(volume, 'a/f')).uid, statSync(join(volume, 'a')).mode & 0o777]).toEqual([7, 0o710]);
  });

  it('gives everything to the user of the container when asked to', async () => {
    const id = await store.create(['true'], { User: 'user' });
    await containers().writeArchive(id, '/tmp', Readable.from([makeTar([{ name: 'f', content: 'x' }])]), {
      copyUidGid: true,
    });
    await fetch(id, '/tmp/f');
    expect(statSync(join(folder, 'f')).uid).toBe(1000);
  });

  it('keeps devices, pipes and file capabilities both ways', async () => {
    writeFileSync(join(folder, 'cap'), '');
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    execFileSync('python3', [
      '-c',
      'import os,sys; os.setxattr(sys.argv[1], "security.capability", bytes.fromhex(sys.argv[2]))',
      join(folder, 'cap'),
      capability.toString('hex'),
    ]);
    execFileSync('mknod', [join(folder, 'null'), 'c', '1', '3']);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const tar = execFileSync('tar', [
      '-c',
      '--xattrs',
      '--xattrs-include=*',
      '-C',
      folder,
      'cap',
      'null',
      'pipe',
    ]);
    const id = await store.create(['true']);
    await containers().writeArchive(id, '/root', Readable.from([tar]));
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    await fetch(id, '/root');
    const read = execFileSync(
      'python3',
      [
        '-c',
        'import os,sys; print(os.getxattr(sys.argv[1], "security.capability").hex())',
        join(folder, 'root/cap'),
      ],
      { encoding: 'utf8' },
    );
    expect(read.trim()).toBe(capability.toString('hex'));
    expect(statSync(join(folder, 'root/null')).isCharacterDevice()).toBe(true);
    expect(statSync(join(folder, 'root/pipe')).isFIFO()).toBe(true);
  });

  it('exports a root that imports again, and gives the mount back also when nobody reads', async () => {
    const id = await started('echo kept >/kept; echo hidden >/vol/f; touch /ready; sleep 1000', {
      HostConfig: { Binds: ['exported:/vol'] },
    });
    await ready(id, '/ready');
    const tar = await bytesOf(await containers().export(id));
    const names = execFileSync('tar', ['-t'], { input: tar, encoding: 'utf8' }).split('\n');
    expect(names).toEqual(expect.arrayContaining(['kept', 'bin/busybox', 'vol/']));
    expect(names).not.toContain('vol/f');
    await ended(id);
    (await containers().export(id)).destroy();
    await until(() => !mountsOf(store.root).some((line) => line.includes(id)));
    const { imageId } = await finish(
      store.engine.images.import(Readable.from([tar]), { changes: ['CMD ["cat", "/kept"]'] }),
    );
    const { stdout } = await store.run(['cat', '/kept'], { Image: imageId });
    expect(stdout).toBe('kept\n');
  });

  it('commits what changed as one layer more, without volumes and mount points, and lets the container go on', async () => {
    const id = await started('echo new >/new; rm /etc/group; echo v >/vol/v; touch /ready; sleep 1000', {
      HostConfig: { Binds: ['committed:/vol'] },
    });
    await ready(id, '/ready');
    const options = {
      reference: 'made:1',
      author: 'me',
      message: 'why',
      changes: ['ENV A=b', 'CMD ["cat", "/new"]'],
    };
    const { imageId } = await finish(containers().commit(id, options));
    expect((await containers().inspect(id)).State).toMatchObject({ Status: 'running', Paused: false });
    const [top] = await store.engine.images.history('made:1');
    expect(top).toMatchObject({ Id: imageId, CreatedBy: expect.stringContaining('sh -c'), Comment: 'why' });
    const image = await store.engine.images.inspect('made:1');
    const parent = await store.engine.images.inspect('busybox');
    expect(image).toMatchObject({ Author: 'me', Parent: parent.Id, Config: { Cmd: ['cat', '/new'] } });
    expect(image.RootFS.Layers).toHaveLength(parent.RootFS.Layers.length + 1);
    expect(image.Config.Env).toContain('A=b');
    const { stdout } = await store.run(['sh', '-c', 'cat /new; ls /etc/group /vol/v 2>/dev/null; env'], {
      Image: 'made:1',
    });
    expect(stdout).toMatch(/^new\n(?!\/)/);
    expect(stdout).toContain('A=b');
    await ended(id);
  });

  it('leaves a container running when a commit is canceled', async () => {
    const id = await started(
      'dd if=/dev/urandom of=/big bs=1M count=32 2>/dev/null; touch /ready; sleep 1000',
    );
    await ready(id, '/ready');
    const stop = new AbortController();
    const job = containers().commit(id, { signal: stop.signal });
    await job.next();
    const rest = job.next();
    await until(async () => (await containers().inspect(id)).State.Paused);
    stop.abort();
    await expect(rest).rejects.toThrow();
    expect((await containers().inspect(id)).State.Status).toBe('running');
    await ended(id);
  });

  it('shows processes, counters and changes from the host', async () => {
    const id = await started('echo x >/etc/x; rm /etc/group; mkdir /new; sleep 1001; true', {}, 'seen');
    const commands = async () => (await containers().top('seen')).Processes.map((row) => row.at(-1));
    await expect.poll(commands).toContain('sleep 1001');
    expect(await commands()).toHaveLength(2);
    const { Titles } = await containers().top(id);
    expect(Titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
    expect((await containers().top(id, ['-o', 'pid,comm'])).Titles).toEqual(['PID', 'COMMAND']);
    await expect(containers().top(id, ['-o', 'comm'])).rejects.toThrow(
      "Couldn't find PID field in ps output",
    );
    const [sample] = await containers().stats({ names: ['seen'] });
    expect(sample).toMatchObject({ id, name: 'seen', isUp: true });
    expect(sample!.stats).toMatchObject({ pids: 2, netRxBytes: 0, netTxBytes: 0 });
    expect(sample!.stats.cpuNs).toBeGreaterThan(0);
    expect(sample!.stats.memoryBytes).toBeGreaterThan(0);
    const changes = (await containers().diff(id)).map(({ Path, Kind }) => `${'CAD'[Kind]} ${Path}`);
    expect(changes).toEqual(['C /etc', 'D /etc/group', 'A /etc/x', 'A /new']);
    const [row] = await containers().list({ filters: { name: ['seen'] } });
    expect(row).toMatchObject({
      Names: ['/seen'],
      Image: 'busybox',
      State: 'running',
      Command: expect.stringContaining("sh -c 'echo x"),
    });
    await ended(id);
    await expect(containers().top(id)).rejects.toThrow(`Container ${id} is not running`);
    expect((await containers().stats({ names: [id] }))[0]?.stats.cpuNs).toBeUndefined();
    expect(await containers().stats({ names: ['nobody'] })).toEqual([undefined]);
  });

  it('follows the log of a real monitor over a restart, to the end', async () => {
    const id = await started('echo out; echo err >&2; printf part; sleep 1; echo ial; exec sleep 1000', {
      StopTimeout: 0,
    });
    const lines: string[] = [];
    const following = (async () => {
      for await (const batch of containers().logs(id, { follow: true })) {
        for (const { stream, data } of batch) lines.push(`${stream}:${data}`);
      }
    })();
    await until(() => lines.includes('stdout:partial'));
    await containers().restart(id, { timeout: 0 });
    await until(() => lines.filter((line) => line === 'stdout:partial').length === 2);
    await ended(id);
    await following;
    // two pipes: what a busy monitor reads late of both has no order
    const of = (stream: string) => lines.filter((line) => line.startsWith(stream));
    expect(of('stdout')).toEqual(['stdout:out', 'stdout:partial', 'stdout:out', 'stdout:partial']);
    expect(of('stderr')).toEqual(['stderr:err', 'stderr:err']);
    expect(existsSync(String((await containers().inspect(id))['LogPath']))).toBe(true);
  });
});
