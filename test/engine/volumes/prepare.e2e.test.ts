import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleDir } from '../../../src/engine/containers/paths.ts';
import { containerDocuments } from '../../../src/engine/containers/records.ts';
import type { Context } from '../../../src/engine/context.ts';
import type { HostConfig } from '../../../src/engine/types/config.ts';
import type { ContainerRecord } from '../../../src/engine/types/containers.ts';
import { remove } from '../../../src/engine/volumes/remove.ts';
import { prepareMounts, releaseMounts, resolveMounts } from '../../../src/engine/volumes/resolve.ts';
import { create } from '../../../src/engine/volumes/volumes.ts';
import { makeContainer, makeStore } from '../../support/engine-store.ts';
import { canRunContainers } from '../../support/requirements.ts';

describe.skipIf(!canRunContainers)('the first use of a volume', () => {
  let ctx: Context;
  let close: () => void;
  let rootfs: string;

  beforeEach(() => {
    ({ ctx, close } = makeStore());
    rootfs = join(ctx.paths.root, 'rootfs');
    mkdirSync(join(rootfs, 'data', 'sub'), { recursive: true });
    writeFileSync(join(rootfs, 'data', 'file'), 'of the image');
    symlinkSync('/etc/passwd', join(rootfs, 'data', 'link'));
    execFileSync('chown', ['33:34', join(rootfs, 'data')]);
    execFileSync('chmod', ['2750', join(rootfs, 'data')]);
  });
  afterEach(() => {
    const volumes = ctx.paths.volumes;
    close();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(volumes);
  });

  async function start(digit: string, hostConfig: HostConfig, pid = 0) {
    const record = makeContainer(ctx, digit, { hostConfig, pid });
    const { mounts, anonymousVolumes } = await resolveMounts(ctx, {
      id: record.Id,
      config: record.Config,
      hostConfig,
      imageId: 'x',
    });
    Object.assign(record, { Mounts: mounts, AnonymousVolumes: anonymousVolumes });
    containerDocuments(ctx).put(record.Id, record);
    mkdirSync(bundleDir(ctx, record.Id), { recursive: true });
    return { record, mounts: await prepareMounts(ctx, record, rootfs) };
  }
  const end = async (record: ContainerRecord) => {
    rmSync(bundleDir(ctx, record.Id), { recursive: true });
    await releaseMounts(ctx, record);
  };
  const data = (name: string) => join(ctx.paths.volumes, name, '_data');

  it('copies the image’s content with owner and mode, and names the mount for the runtime', async () => {
    const { mounts } = await start('a', { Binds: ['v1:/data'] });
    expect(mounts).toEqual([
      { destination: '/data', type: 'bind', source: data('v1'), options: ['rbind', 'rw', 'rprivate'] },
    ]);
    expect(readdirSync(data('v1')).sort()).toEqual(['file', 'link', 'sub']);
    const { uid, gid, mode } = statSync(data('v1'));
    expect([uid, gid, mode & 0o7777]).toEqual([33, 34, 0o2750]);
  });

  it('never copies a second time, even when the volume is empty again', async () => {
    await start('a', { Binds: ['v1:/data'] });
    for (const name of readdirSync(data('v1'))) rmSync(join(data('v1'), name), { recursive: true });
    await start('b', { Binds: ['v1:/data'] });
    expect(readdirSync(data('v1'))).toEqual([]);
  });

  it('copies nothing over data, with nocopy, or into a host folder', async () => {
    await create(ctx, { Name: 'full' });
    writeFileSync(join(data('full'), 'mine'), '');
    const host = join(ctx.paths.root, 'made', 'by-v');
    await start('a', { Binds: ['full:/data'] });
    await start('b', { Binds: ['none:/data:nocopy'] });
    await start('c', { Binds: [`${host}:/data`] });
    expect(readdirSync(data('full'))).toEqual(['mine']);
    expect(readdirSync(data('none'))).toEqual([]);
    expect(readdirSync(host)).toEqual([]);
  });

  it('keeps the folder itself when another container has the volume', async () => {
    await start('a', { Binds: ['v1:/elsewhere'] });
    const { ino } = statSync(data('v1'));
    await start('b', { Binds: ['v1:/data'] });
    expect(statSync(data('v1')).ino).toBe(ino);
    expect(readdirSync(data('v1')).sort()).toEqual(['file', 'link', 'sub']);
  });

  it('never reads the host through a symlink of the image', async () => {
    symlinkSync('/etc', join(rootfs, 'evil'));
    symlinkSync('../../../../../../../../etc', join(rootfs, 'evil2'));
    await start('a', { Binds: ['v1:/evil', 'v2:/evil2'] });
    expect([readdirSync(data('v1')), readdirSync(data('v2'))]).toEqual([[], []]);
  });

  it('fills once when two containers start together', async () => {
    await Promise.all([start('a', { Binds: ['v1:/data'] }), start('b', { Binds: ['v1:/data'] })]);
    expect(readdirSync(data('v1')).sort()).toEqual(['file', 'link', 'sub']);
    expect(readdirSync(join(ctx.paths.volumes, 'v1'))).toEqual(['_data']);
  });

  it('mounts a volume with options while a container runs, and unmounts it after the last one', async () => {
    await create(ctx, { Name: 'ram', DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' } });
    const first = await start('a', { Binds: ['ram:/data'] }, process.pid);
    const second = await start('b', { Binds: ['ram:/x'] }, process.pid);
    expect(readdirSync(data('ram')).sort()).toEqual(['file', 'link', 'sub']);
    await end(first.record);
    expect(existsSync(join(data('ram'), 'file'))).toBe(true);
    // the first one's end is not recorded yet: both may end at once
    await end(second.record);
    expect(readdirSync(data('ram'))).toEqual([]);
    for (const { record } of [first, second]) containerDocuments(ctx).remove(record.Id);
    await remove(ctx, 'ram');
  });

  it('leaves a volume mounted for a container that is being started', async () => {
    await create(ctx, { Name: 'ram', DriverOpts: { type: 'tmpfs', device: 'tmpfs' } });
    const ending = await start('a', { Binds: ['ram:/data'] }, process.pid);
    const starting = await start('b', { Binds: ['ram:/data'] });
    await end(ending.record);
    expect(existsSync(join(data('ram'), 'file'))).toBe(true);
    await end(starting.record);
    expect(readdirSync(data('ram'))).toEqual([]);
  });

  it('shows a host folder through a volume of type bind', async () => {
    const host = join(ctx.paths.root, 'host');
    mkdirSync(host);
    writeFileSync(join(host, 'f'), '');
    await create(ctx, { Name: 'bound', DriverOpts: { type: 'none', device: host, o: 'bind' } });
    const { record } = await start('a', { Binds: ['bound:/x'] }, process.pid);
    expect(readdirSync(data('bound'))).toEqual(['f']);
    await releaseMounts(ctx, record);
    containerDocuments(ctx).remove(record.Id);
    await remove(ctx, 'bound');
    expect(readdirSync(host)).toEqual(['f']);
  });

  it('shares a folder only when its mount shares', async () => {
    const folder = join(ctx.paths.root, 'apart');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', 'apart', folder]);
    try {
      execFileSync('mount', ['--make-private', folder]);
      await expect(start('a', { Binds: [`${folder}:/x:rshared`] })).rejects.toThrow(
        `path ${folder} is mounted on ${folder} but it is not a shared mount`,
      );
      await expect(start('b', { Binds: [`${folder}:/x:slave`] })).rejects.toThrow(
        'but it is not a shared or slave mount',
      );
      execFileSync('mount', ['--make-shared', folder]);
      const { mounts } = await start('c', { Binds: [`${folder}:/x:rshared`] });
      expect(mounts[0]?.options).toEqual(['rbind', 'rw', 'rshared']);
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it('refuses a --mount source that vanished, and orders mounts by destination', async () => {
    const gone = join(ctx.paths.root, 'gone');
    mkdirSync(gone);
    const { record, mounts } = await start('a', {
      Mounts: [
        {
          Type: 'bind',
          Source: gone,
          Target: '/a/b',
          ReadOnly: true,
          BindOptions: { Propagation: 'private', NonRecursive: true },
        },
      ],
      Tmpfs: { '/a': 'size=1m' },
    });
    expect(mounts).toEqual([
      {
        destination: '/a',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['noexec', 'nosuid', 'nodev', 'size=1m'],
      },
      { destination: '/a/b', type: 'bind', source: gone, options: ['bind', 'ro', 'private'] },
    ]);
    rmSync(gone, { recursive: true });
    await expect(prepareMounts(ctx, record, rootfs)).rejects.toThrow(
      `bind source path does not exist: ${gone}`,
    );
  });
});
