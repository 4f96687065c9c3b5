import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containerDocuments } from '../../../src/engine/containers/records.ts';
import type { Context } from '../../../src/engine/context.ts';
import { eventsAfter } from '../../../src/engine/state/events.ts';
import type { HostConfig } from '../../../src/engine/types/config.ts';
import { openDirectoryInside } from '../../../src/engine/volumes/inside-root.ts';
import { prune, remove } from '../../../src/engine/volumes/remove.ts';
import { removeAnonymousVolumes, resolveMounts } from '../../../src/engine/volumes/resolve.ts';
import { create, inspect, list } from '../../../src/engine/volumes/volumes.ts';
import { makeContainer, makeStore } from '../../support/engine-store.ts';

let ctx: Context;
let close: () => void;
beforeEach(() => {
  ({ ctx, close } = makeStore());
});
afterEach(() => close());

const names = async (filters = {}) => (await list(ctx, { filters })).map(({ Name }) => Name);
const resolve = (hostConfig: HostConfig, Volumes: Record<string, Record<string, never>> = {}) =>
  resolveMounts(ctx, { id: 'x', config: { Image: 'x', Volumes }, hostConfig, imageId: 'x' });
/** A container that has what `hostConfig` asks for. */
async function user(digit: string, hostConfig: HostConfig) {
  const record = makeContainer(ctx, digit, { hostConfig });
  const { mounts, anonymousVolumes } = await resolve(hostConfig);
  Object.assign(record, { Mounts: mounts, AnonymousVolumes: anonymousVolumes });
  containerDocuments(ctx).put(record.Id, record);
  return record;
}

describe('volumes', () => {
  it('are made once and kept with labels', async () => {
    const made = await create(ctx, { Name: 'data', Labels: { a: '1' } });
    expect(made).toMatchObject({
      Name: 'data',
      Driver: 'local',
      Scope: 'local',
      Labels: { a: '1' },
      Options: null,
    });
    expect(made.Mountpoint).toBe(join(ctx.paths.volumes, 'data', '_data'));
    expect(statSync(made.Mountpoint).mode & 0o777).toBe(0o755);
    expect(await create(ctx, { Name: 'data', Labels: { b: '2' } })).toEqual(made);
    expect(await inspect(ctx, 'data')).toEqual(made);
  });

  it('get 64 hexadecimal digits without a name', async () => {
    expect((await create(ctx)).Name).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuse names that are more than one path component, in Docker’s words', async () => {
    for (const Name of ['../x', '..', '.x', 'a/b', '/etc', 'a b', '-x', 'a\0', 'ä1']) {
      await expect(create(ctx, { Name })).rejects.toThrow(
        `create ${Name}: "${Name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed.`,
      );
    }
    await expect(create(ctx, { Name: 'a' })).rejects.toThrow(
      'volume name is too short, names should be at least two alphanumeric characters',
    );
    await expect(create(ctx, { Name: 'x'.repeat(256) })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await names()).toEqual([]);
  });

  it('refuse unknown drivers and options', async () => {
    await expect(create(ctx, { Name: 'v1', Driver: 'nfs' })).rejects.toThrow(
      'create v1: error looking up volume plugin nfs: plugin "nfs" not found',
    );
    await expect(create(ctx, { Name: 'v1', DriverOpts: { colour: 'red' } })).rejects.toThrow(
      'create v1: invalid option: "colour"',
    );
    await expect(create(ctx, { Name: 'v1', DriverOpts: { type: 'tmpfs' } })).rejects.toThrow(
      'create v1: missing required option: "device"',
    );
    await expect(
      create(ctx, { Name: 'v1', DriverOpts: { type: 'tmpfs', device: '--bind' } }),
    ).rejects.toThrow('invalid option value');
  });

  it('are listed by name, with filters', async () => {
    await create(ctx, { Name: 'web', Labels: { tier: 'front' } });
    await create(ctx, { Name: 'db' });
    await user('a', { Binds: ['db:/data'] });
    expect(await names()).toEqual(['db', 'web']);
    expect(await names({ name: ['we'] })).toEqual(['web']);
    expect(await names({ label: ['tier'] })).toEqual(['web']);
    expect(await names({ label: ['tier=back'] })).toEqual([]);
    expect(await names({ dangling: ['true'] })).toEqual(['web']);
    expect(await names({ dangling: ['false'] })).toEqual(['db']);
    expect(await names({ driver: ['local'] })).toEqual(['db', 'web']);
    await expect(names({ colour: ['red'] })).rejects.toThrow("Invalid filter 'colour'");
    await expect(names({ dangling: ['maybe'] })).rejects.toThrow('dangling');
  });

  it('are removed with their files, but not while a container has them', async () => {
    const { Mountpoint } = await create(ctx, { Name: 'data' });
    writeFileSync(join(Mountpoint, 'f'), 'x');
    const record = await user('a', { Binds: ['data:/d'] });
    for (const force of [false, true])
      await expect(remove(ctx, 'data', { force })).rejects.toThrow(
        `remove data: volume is in use - [${record.Id}]`,
      );
    containerDocuments(ctx).remove(record.Id);
    await remove(ctx, 'data');
    expect(readdirSync(ctx.paths.volumes)).toEqual([]);
    await expect(remove(ctx, 'data')).rejects.toThrow('get data: no such volume');
    await remove(ctx, 'data', { force: true });
    await expect(inspect(ctx, 'data')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('tell their end once when two remove one at the same time', async () => {
    await create(ctx, { Name: 'data' });
    await Promise.all([remove(ctx, 'data'), remove(ctx, 'data')]);
    const told = eventsAfter(ctx.state, 0).filter(({ event }) => event.Action === 'destroy');
    expect(told.map(({ event }) => event.Actor.ID)).toEqual(['data']);
  });

  it('are pruned when no container has them', async () => {
    const { Mountpoint } = await create(ctx, { Name: 'old', Labels: { keep: 'no' } });
    writeFileSync(join(Mountpoint, 'f'), '12345');
    await create(ctx, { Name: 'kept', Labels: { keep: 'yes' } });
    await user('a', { Binds: ['used:/d'] });
    expect(await prune(ctx, { filters: { 'label!': ['keep=yes'] } })).toEqual({
      VolumesDeleted: ['old'],
      SpaceReclaimed: 5,
    });
    expect(await names()).toEqual(['kept', 'used']);
  });
});

describe('the mounts of a container', () => {
  it('come from -v, --mount, --volumes-from and the image’s VOLUMEs, in the order of destinations', async () => {
    await user('a', { Binds: ['shared:/s', '/host:/h:ro', '/scratch'] });
    const { mounts, anonymousVolumes } = await resolve(
      {
        VolumesFrom: ['box-a:ro'],
        Binds: ['mine:/b', 'over:/s'],
        Mounts: [{ Type: 'tmpfs', Target: '/t' }],
        Tmpfs: { '/covered': '' },
      },
      { '/anon': {}, '/b': {}, '/covered': {} },
    );
    expect(
      mounts.map(({ Destination, Type, Name, RW }) => [
        Destination,
        Type,
        Name?.length === 64 ? 'anonymous' : Name,
        RW,
      ]),
    ).toEqual([
      ['/anon', 'volume', 'anonymous', true],
      ['/b', 'volume', 'mine', true],
      ['/h', 'bind', undefined, false],
      ['/s', 'volume', 'over', true],
      ['/scratch', 'volume', 'anonymous', false],
      ['/t', 'tmpfs', undefined, true],
    ]);
    // '/scratch' too: the last container that has it removes it
    const anonymous = mounts.filter(({ Name }) => Name?.length === 64).map(({ Name }) => Name);
    expect(anonymousVolumes.toSorted()).toEqual(anonymous.toSorted());
  });

  it('refuse two things at one place', async () => {
    await expect(resolve({ Binds: ['v1:/x', 'v2:/x/'] })).rejects.toThrow('Duplicate mount point: /x');
    await expect(resolve({ Binds: ['v1:/x'], Tmpfs: { '/x': '' } })).rejects.toThrow(
      'Duplicate mount point: /x',
    );
  });

  it('refuse a --mount whose source is missing, and leave no anonymous volume', async () => {
    const hostConfig: HostConfig = {
      Binds: ['/anon'],
      Mounts: [{ Type: 'bind', Source: '/no/such', Target: '/x' }],
    };
    await expect(resolve(hostConfig)).rejects.toThrow(
      'invalid mount config for type "bind": bind source path does not exist: /no/such',
    );
    expect(await names()).toEqual([]);
  });

  it('lose their anonymous volumes with the container, unless another one shares them', async () => {
    const first = await user('a', { Binds: ['/scratch', 'named:/n'] });
    const second = await user('b', { VolumesFrom: ['box-a'] });
    await removeAnonymousVolumes(ctx, first);
    expect(await names()).toContain(first.AnonymousVolumes[0]);
    containerDocuments(ctx).remove(second.Id);
    await removeAnonymousVolumes(ctx, first);
    expect(await names()).toEqual(['named']);
  });
});

describe('a folder inside a container’s root', () => {
  const within = async (path: string) => {
    const handle = await openDirectoryInside(join(ctx.paths.root, 'rootfs'), path);
    const names = handle === undefined ? undefined : readdirSync(`/proc/self/fd/${handle.fd}`);
    await handle?.close();
    return names;
  };
  beforeEach(() => {
    const root = join(ctx.paths.root, 'rootfs');
    mkdirSync(join(root, 'run', 'here'), { recursive: true });
    mkdirSync(join(root, 'var'));
    symlinkSync('/run', join(root, 'var', 'run'));
    symlinkSync('../../../../../../../run', join(root, 'up'));
    symlinkSync('/etc', join(root, 'etc-of-host'));
    symlinkSync('loop', join(root, 'loop'));
    writeFileSync(join(root, 'file'), '');
  });

  it('is found through symlinks that count from that root', async () => {
    for (const path of ['/run', '/var/run', '/up', '/up/../run', '/../../run', '//run/./'])
      expect(await within(path), path).toEqual(['here']);
  });

  it('is never one of the host', async () => {
    expect(existsSync('/etc')).toBe(true);
    expect(await within('/etc-of-host')).toBeUndefined();
    expect(await within('/missing/x')).toBeUndefined();
    await expect(within('/loop')).rejects.toThrow('too many levels of symbolic links');
    await expect(within('/file')).rejects.toThrow(
      'cannot mount volume over existing file, file exists /file',
    );
  });
});
