/** `system df`, `system prune`, `system check` and the single prunes, on real images, containers, volumes and builds. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openLayerStore } from '../../src/layerfs/index.ts';
import { sharedBoxtop } from '../support/boxtop.ts';
import { mountsOf } from '../support/leaks.ts';
import { canRunContainers } from '../support/requirements.ts';

const LONG_MS = 30_000;

describe.skipIf(!canRunContainers)('the store as a whole', () => {
  const boxtop = sharedBoxtop('system');
  const { ok, run } = {
    ok: (...args: string[]) => boxtop.ok(...args),
    run: (...args: string[]) => boxtop.run(args),
  };
  const none = ['--network', 'none'] as const;

  /** Bytes of what images, containers, volumes and builds have on the disk: files alone, without our records of them. */
  const bytesOnDisk = () => {
    const places = [
      'content/blobs',
      'layers/layers',
      'layers/areas',
      'volumes',
      'build/cache-mounts',
      'containers',
    ];
    const own = ['layer.json', 'area.json', 'hosts', 'hostname', 'resolv.conf', '.dockerenv'];
    const found = execFileSync('find', [
      ...places.map((place) => join(boxtop.root, place)).filter((place) => existsSync(place)),
      ...['-path', '*/areas/*/root', '-prune', '-o', '(', '-type', 'f', '-o', '-type', 'l', ')'],
      ...own.flatMap((name) => ['!', '-name', name]),
      ...['-printf', '%i %s %y %p\n'],
    ]).toString();
    const inodes = new Map<string, number>();
    for (const line of found.split('\n').filter(Boolean)) {
      const [inode = '', size, type, path = ''] = line.split(' ');
      // of layers Docker counts the content of files
      if (type === 'l' && path.includes('/layers/layers/')) continue;
      inodes.set(inode, Number(size));
    }
    return [...inodes.values()].reduce((sum, bytes) => sum + bytes, 0);
  };
  const rows = async () => {
    const lines = (await ok('system', 'df', '--format', 'json')).split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, string>);
  };
  const sizeOf = (text = ''): number => {
    const [, number, unit] = /^([\d.]+)(B|kB|MB)/.exec(text)!;
    return Number(number) * { B: 1, kB: 1000, MB: 1_000_000 }[unit as 'B' | 'kB' | 'MB'];
  };
  /** As exact as four digits are. */
  const expectBytes = (text: string | undefined, bytes: number) => {
    expect(sizeOf(text)).toBeGreaterThan(bytes * 0.998);
    expect(sizeOf(text)).toBeLessThan(bytes * 1.002 + 1);
  };
  const dd = (file: string, kB: number) => `dd if=/dev/zero of=${file} bs=1000 count=${kB} 2>/dev/null`;
  const build = async (tag: string, ...steps: string[]) => {
    const folder = join(boxtop.work, tag);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'Dockerfile'), ['FROM busybox', ...steps, ''].join('\n'));
    await ok('build', '-q', ...none, '-t', tag, folder);
  };

  it('tells what it takes of the disk, every byte once', async () => {
    await build('app', `RUN ${dd('/f', 300)}`, `RUN --mount=type=cache,target=/c ${dd('/c/x', 400)}`);
    await ok(
      'run',
      ...none,
      '-d',
      '--name',
      'up',
      '-v',
      'data:/d',
      'busybox',
      'sh',
      '-c',
      `${dd('/d/x', 700)}; touch /done; sleep 1000`,
    );
    await ok('run', ...none, '--name', 'ended', 'app', 'sh', '-c', dd('/y', 500));
    await ok('volume', 'create', 'unused');
    await ok('network', 'create', 'unused-net');
    await expect
      .poll(async () => (await run('exec', 'up', 'test', '-f', '/done')).exitCode, { timeout: LONG_MS })
      .toBe(0);
    const [images, containers, volumes, cache] = await rows();
    expect(images).toMatchObject({ Type: 'Images', TotalCount: '2', Active: '2', Reclaimable: '0B (0%)' });
    expect(containers).toMatchObject({
      TotalCount: '2',
      Active: '1',
      Size: '500kB',
      Reclaimable: '500kB (100%)',
    });
    expect(volumes).toMatchObject({ TotalCount: '2', Active: '1', Size: '700kB', Reclaimable: '0B (0%)' });
    expect(cache).toMatchObject({ Type: 'Build Cache', TotalCount: '3', Active: '0', Size: '400kB' });
    const whole = [images, containers, volumes, cache].reduce((sum, row) => sum + sizeOf(row!['Size']), 0);
    expectBytes(`${whole}B`, bytesOnDisk());
  });

  it('lists it with Docker’s columns', async () => {
    const { stdout } = await run('system', 'df', '-v');
    const headers = stdout.split('\n').filter((line) => /^[A-Z]{3,}|usage/.test(line));
    expect(headers.map((line) => line.replace(/ {2,}/g, '|'))).toEqual([
      'Images space usage:',
      'REPOSITORY|TAG|IMAGE ID|CREATED|SIZE|SHARED SIZE|UNIQUE SIZE|CONTAINERS',
      'Containers space usage:',
      'CONTAINER ID|IMAGE|COMMAND|LOCAL VOLUMES|SIZE|CREATED|STATUS|NAMES',
      'Local Volumes space usage:',
      'VOLUME NAME|LINKS|SIZE',
      'Build cache usage: 400kB',
      'CACHE ID|CACHE TYPE|SIZE|CREATED|LAST USED|USAGE|SHARED',
    ]);
    const format =
      '{{range .Images}}{{.Repository}} {{.SharedSize}} {{.UniqueSize}};{{end}}{{range .Volumes}}{{.Name}} {{.Links}} {{.Size}};{{end}}';
    const parts = (await ok('system', 'df', '-v', '--format', format)).split(';');
    const [, , data, unused] = parts;
    // in no certain order: they were made in the same second
    const [app, busybox] = ['app', 'busybox'].map((name) =>
      parts.find((part) => part.startsWith(`${name} `))!.split(' '),
    );
    expect(app![1]).toBe(busybox![1]);
    expect(sizeOf(app![2])).toBeGreaterThan(300_000);
    expect([data, unused]).toEqual(['data 1 700kB', 'unused 0 0B']);
    expect(await run('system', 'df', '--format', '{{.Foo}}')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("can't evaluate field Foo"),
    });
  });

  it('prunes nothing without a yes, and nothing that is used', async () => {
    const before = bytesOnDisk();
    const { stdout, exitCode } = await boxtop.run(['system', 'prune', '-a', '--volumes'], { stdin: 'n\n' });
    expect(stdout).toMatch(
      /^WARNING! This will remove:\n(?: {2}- all .*\n){5}\nAre you sure you want to continue\? \[y\/N\] $/,
    );
    expect([exitCode, bytesOnDisk()]).toEqual([0, before]);
    const refused = await run('system', 'prune', '-f', '--volumes', '--filter', 'until=1h');
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      'ERROR: The "until" filter is not supported with "--volumes"\n',
    ]);
    expect(await ok('system', 'prune', '-a', '-f', '--filter', 'label=nobody-has-it')).toBe(
      'Total reclaimed space: 0B',
    );
    expect(bytesOnDisk()).toBe(before);
  });

  it('asks on the screen with a list of what goes', async () => {
    const screen = boxtop.terminal([], { cols: 80, rows: 24 });
    await screen.waitFor(/● up /, LONG_MS);
    screen.keys('U');
    await screen.waitFor(
      /Images +2\/2[\s\S]*Build cache +0\/3 +400kB[\s\S]*Largest\s[\s\S]*volume +data +700kB/,
      LONG_MS,
    );
    screen.keys('Escape', 'X');
    await screen.waitFor(
      /Prune containers: this goes[\s\S]*ended +Exited \(0\)[\s\S]*1 object, 500kB to reclaim/,
      LONG_MS,
    );
    screen.keys('n');
    await screen.waitFor('container prune: canceled');
    screen.type(':system prune -a --volumes\r');
    await screen.waitFor(
      /Prune: this goes[\s\S]*containers +1 +500kB +ended[\s\S]*networks +1 +unused-net[\s\S]*volumes +1 +unused[\s\S]*images +1[\s\S]*build cache +3/,
      LONG_MS,
    );
    screen.keys('n');
    await screen.waitFor('system prune -a --volumes: canceled');
    await screen.close();
    expect(await ok('ps', '-aq')).not.toBe('');
  });

  it('prunes what nothing uses, in Docker’s order, and tells the bytes that went', async () => {
    const before = bytesOnDisk();
    const id = await ok('inspect', '-f', '{{.Id}}', 'ended');
    const { stdout } = await run('system', 'prune', '-a', '--volumes', '-f');
    expect(stdout).toMatch(
      new RegExp(
        `^Deleted Containers:\n${id}\n\nDeleted Networks:\nunused-net\n\nDeleted Volumes:\nunused\n\nDeleted Images:\nuntagged: app:latest\ndeleted: sha256:[^]*\n\nDeleted build cache objects:\n(?:[0-9a-f]{64}\n){3}\nTotal reclaimed space: [\\d.]+MB\n$`,
      ),
    );
    expectBytes(/space: (\S+)/.exec(stdout)![1], before - bytesOnDisk());
    expect(await ok('exec', 'up', 'cat', '/d/x')).toHaveLength(700_000);
    expect(await ok('volume', 'ls', '-q')).toBe('data');
    const [images, , , cache] = await rows();
    expect([images!['TotalCount'], cache!['Size']]).toEqual(['1', '0B']);
    expect(await ok('system', 'check')).toMatch(/: everything is as it should be\.$/);
  });

  it('takes pruneFilters of config.json along', async () => {
    mkdirSync(join(boxtop.work, 'docker'), { recursive: true });
    const file = join(boxtop.work, 'docker', 'config.json');
    writeFileSync(file, JSON.stringify({ pruneFilters: ['label!=keep'] }));
    await ok('volume', 'create', '--label', 'keep=1', 'kept');
    await ok('volume', 'create', 'goes');
    expect(await ok('volume', 'prune', '-f')).toBe('Deleted Volumes:\ngoes\n\nTotal reclaimed space: 0B');
    // what is asked for by hand wins
    expect(await ok('volume', 'prune', '-f', '--filter', 'label=keep')).toContain('kept');
    rmSync(file);
  });

  it('stays whole while others work and one prunes, and when a prune is interrupted', async () => {
    /** Made, but not yet started, it is pruned as Docker's is. */
    const runOne = async (): Promise<void> => {
      const { exitCode, stderr } = await run('run', ...none, '--rm', 'busybox', 'true');
      if (exitCode === 0) return;
      expect(stderr).toContain('No such container');
      await runOne();
    };
    const others = async () => {
      for (let i = 0; i < 2; i += 1) {
        await runOne();
        await build(`race-${i}`, `RUN echo ${i} > /f`, 'RUN --mount=type=cache,target=/c echo x >> /c/x');
      }
    };
    const prunes = async () => {
      for (let i = 0; i < 3; i += 1) await ok('system', 'prune', '-f', '--volumes');
    };
    await Promise.all([others(), prunes()]);
    await ok(
      'run',
      ...none,
      '--name',
      'full',
      '-v',
      'many:/m',
      'busybox',
      'sh',
      '-c',
      'for i in $(seq 400); do echo $i > /m/$i; done',
    );
    await ok('rm', 'full');
    const prune = boxtop.start(['system', 'prune', '-a', '-f', '--volumes']);
    await prune.said(/Deleted Volumes/).catch(() => undefined);
    prune.kill('SIGINT');
    expect([0, 130]).toContain((await prune.ended).exitCode);
    expect((await run('system', 'check')).stdout).toMatch(/: everything is as it should be\.\n$/);
    await ok('system', 'prune', '-a', '-f', '--volumes');
    expect(await ok('exec', 'up', 'echo', 'alive')).toBe('alive');
  });

  it('is checked: what is damaged, missing or left over is told, and repaired where nothing is lost', async () => {
    const id = 'a'.repeat(64);
    mkdirSync(join(boxtop.root, 'containers', id));
    mkdirSync(join(boxtop.root, 'volumes', 'stray', '_data'), { recursive: true });
    await build('broken', 'RUN echo layer > /layer');
    const [, layer] = JSON.parse(await ok('inspect', '-f', '{{json .RootFS.Layers}}', 'broken')) as string[];
    rmSync(join(boxtop.root, 'layers', 'layers', layer!.slice(7)), { recursive: true });
    const found = await run('system', 'check');
    expect(found.exitCode).toBe(1);
    expect(found.stdout).toContain('files of container aaaaaaaaaaaa: there is no such container');
    expect(found.stdout).toContain(`image broken:latest: layer ${layer} is missing`);
    expect(found.stdout).toContain('3 problems.\n2 can be repaired with: boxtop system check --repair\n');
    expect(existsSync(join(boxtop.root, 'containers', id))).toBe(true);
    const repaired = await run('system', 'check', '--repair');
    expect([repaired.exitCode, repaired.stdout]).toEqual([1, expect.stringContaining('Repaired: 2.')]);
    expect(existsSync(join(boxtop.root, 'volumes', 'stray', '_data'))).toBe(true);
    expect(existsSync(join(boxtop.root, 'containers', id))).toBe(false);
    expect(await ok('run', ...none, '--rm', 'broken', 'cat', '/layer')).toBe('layer');
    rmSync(join(boxtop.root, 'volumes', 'stray'), { recursive: true });
    const blobs = join(boxtop.root, 'content', 'blobs', 'sha256');
    const image = (await ok('inspect', '-f', '{{.Id}}', 'broken')).slice(7);
    expect(readdirSync(blobs)).toContain(image);
    writeFileSync(join(blobs, image), '{}');
    expect((await run('system', 'check', '--quick')).exitCode).toBe(0);
    const damaged = await run('system', 'check');
    expect(damaged.stdout).toContain(
      `blob sha256:${image}: its bytes are not those of its digest; used by broken:latest`,
    );
    await ok('rmi', 'broken');
    expect(await ok('system', 'check')).toMatch(/: everything is as it should be\.$/);
  });

  it('is checked for mounts and records that a killed process forgot', async () => {
    const id = await ok('create', ...none, '--name', 'forgotten', 'busybox');
    await (await openLayerStore(join(boxtop.root, 'layers'))).mount(id, { holder: id });
    const database = new DatabaseSync(join(boxtop.root, 'db', 'state.db'), { timeout: 60_000 });
    const put = database.prepare('INSERT INTO names (kind, name, id) VALUES (?, ?, ?)');
    put.run('image-tag', 'docker.io/library/ghost:1', `sha256:${'e'.repeat(64)}`);
    const { stdout } = await run('system', 'check', '--quick', '--repair');
    expect(stdout).toContain('container forgotten: it does not run, but its root is mounted\n  repaired\n');
    expect(stdout).toContain('image name docker.io/library/ghost:1: it points at');
    expect(stdout).toContain('Repaired: 2.');
    expect(mountsOf(join(boxtop.root, 'layers', 'areas', id))).toEqual([]);
    await ok('start', '-a', 'forgotten');
    // nothing can be read of a store with a record like this; the check says which
    const bad = database.prepare("INSERT INTO documents (kind, id, body) VALUES ('image', 'x', '{no')");
    bad.run();
    const damaged = await run('system', 'check');
    database.prepare("DELETE FROM documents WHERE id = 'x'").run();
    database.close();
    expect([damaged.exitCode, damaged.stdout]).toEqual([
      1,
      expect.stringMatching(/^record image x: it is damaged\n {2}restore /),
    ]);
  });
});
