import { describe, expect, it } from 'vitest';
import { commandLines } from '../support/cli.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore } from '../support/store.ts';

describe.skipIf(!canRunContainers)('links', () => {
  const store = sharedStore();
  const { boxtop, ok, said } = commandLines(store);
  const daemon = (words: string) => `Error response from daemon: ${words}`;
  const up = (name: string, ...flags: string[]) =>
    ok('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '10000');
  const inspect = (name: string, template: string) => ok('inspect', '-f', template, name);
  const address = (name: string) => inspect(name, '{{.NetworkSettings.IPAddress}}');
  const shortId = async (name: string) => (await inspect(name, '{{.Id}}')).slice(0, 12);
  /** What follows Docker's own lines. */
  const hosts = async (name: string) =>
    (await ok('exec', name, 'cat', '/etc/hosts')).split('ip6-allrouters\n')[1]?.split('\n');
  const names = async () => (await ok('ps', '-a', '--no-trunc', '--format', '{{.Names}}')).split('\n').sort();

  it('give hosts, variables and a name to the other container, which follow it as it moves', async () => {
    const id = (await up('db', '-e', 'FOO=a b', '--expose', '5432')).slice(0, 12);
    await up('web', '--link', 'db:store', '--link', 'db', '-e', 'DB_PORT=mine');
    const own = `${await address('web')}\t${await shortId('web')}`;
    const first = await address('db');
    expect(await hosts('web')).toEqual([`${first}\tstore ${id} db`, `${first}\tdb ${id}`, own]);
    expect(await ok('exec', 'web', 'ping', '-c', '1', '-w', '5', 'store')).toContain('0% packet loss');
    for (const env of [await ok('exec', 'web', 'env'), await ok('exec', 'web', 'cat', '/proc/1/environ')]) {
      const given = env.split(/[\n\0]/);
      expect(given).toContain(`STORE_PORT_5432_TCP=tcp://${first}:5432`);
      expect(given).toContain('STORE_ENV_FOO=a b');
      expect(given).toContain('STORE_NAME=/web/store');
      expect(given).toContain('DB_PORT=mine');
    }
    expect(await names()).toEqual(['db,web/db,web/store', 'web']);
    expect(await ok('ps', '--filter', 'name=^db$', '--format', '{{.Names}}')).toBe('db');
    expect(await inspect('web/store', '{{.Name}} {{.HostConfig.Links}}')).toBe('/db []');
    expect(await inspect('web', '{{.HostConfig.Links}}')).toBe('[/db:/web/store /db:/web/db]');

    await ok('stop', '-t', '0', 'web/db');
    await up('between');
    await ok('start', 'db');
    const second = await address('db');
    expect(second).not.toBe(first);
    expect(await hosts('web')).toEqual([`${second}\tstore ${id} db`, `${second}\tdb ${id}`, own]);
    expect(await ok('exec', 'web', 'env')).toContain(`STORE_PORT=tcp://${second}:5432\n`);

    await ok('rename', 'db', 'base');
    await ok('rename', 'web', 'front');
    expect(await names()).toEqual(['base,front/db,front/store', 'between', 'front']);
    expect(await inspect('front', '{{.HostConfig.Links}}')).toBe('[/base:/front/store /base:/front/db]');
    await ok('restart', '-t', '0', 'front');
    expect((await hosts('front'))?.[1]).toBe(`${second}\tdb ${id} base`);

    expect(await ok('rm', '-l', 'front/db')).toBe('front/db');
    expect(await hosts('front')).toHaveLength(2);
    expect(await inspect('front', '{{.HostConfig.Links}}')).toBe('[/base:/front/store]');
    expect(await said('rm', '-l', 'front/db')).toEqual([1, 'Error: No such container: front/db']);
    expect(await said('rm', '-l', 'front')).toEqual([
      1,
      daemon('Conflict, cannot remove the default link name of the container'),
    ]);

    await ok('rm', '-f', 'front/store');
    expect(await names()).toEqual(['between', 'front']);
    expect(await inspect('front', '{{.HostConfig.Links}}')).toBe('[/base:/front/store]');
    const down = 'Cannot link to a non running container: /base AS /front/store';
    expect(await said('restart', '-t', '0', 'front')).toEqual([
      1,
      daemon(`Cannot restart container front: ${down}`),
    ]);
    expect(await inspect('front', '{{.State.Status}} {{.State.Error}}')).toBe(`exited ${down}`);
    await ok('rm', 'front');
    await up('front'); // the name is free, and so are those it gave away
    await ok('rm', '-f', 'front', 'between');
  });

  it('reach the owner of a shared network, and only what runs on the default bridge', async () => {
    await up('owner');
    await up('guest', '--network', 'container:owner');
    await up('hosted', '--network', 'host');
    await up('alone', '--network', 'none');
    await ok('create', '--name', 'down', 'busybox');
    const { stdout } = await boxtop('run', '--rm', '--link', 'guest:g', 'busybox', 'cat', '/etc/hosts');
    expect(stdout).toContain(`${await address('owner')}\tg ${await shortId('owner')} owner\n`);
    const link = (...flags: string[]) => said('run', '--name', 'last', ...flags, 'busybox', 'true');
    const refused = (words: string) => [125, `boxtop: ${words}.`];
    const host = "host type networking can't be used with links. This would result in undefined behavior";
    expect(await link('--link', 'hosted:h')).toEqual(refused(daemon(`conflicting options: ${host}`)));
    expect(await link('--link', 'nobody:n')).toEqual(
      refused(daemon('could not get container for nobody: No such container: nobody')),
    );
    for (const bad of ['owner:a b', 'owner:a/b', 'owner:'])
      expect(await link('--link', bad)).toEqual(refused(daemon(`bad format for links: ${bad}`)));
    for (const network of ['host', 'none', 'bridge', 'container:owner'])
      expect(await link('--network', network, '--link', 'owner')).toEqual(
        refused('links are only supported for user-defined networks'),
      );
    expect(await names()).not.toContain('last');
    expect(await link('--link', 'alone:a')).toEqual(
      refused(daemon('Cannot link to /alone, as it does not belong to the default network')),
    );
    await ok('rm', 'last');
    expect(await link('--link', 'down:d')).toEqual(
      refused(daemon('Cannot link to a non running container: /down AS /last/d')),
    );
    expect(await inspect('last', '{{.State.Status}} {{.State.ExitCode}}')).toBe('created 128');
    await ok('rm', '-f', 'last', 'owner', 'guest', 'hosted', 'alone', 'down');
  });
});
