import { createConnection } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { commandLines } from '../support/cli.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore } from '../support/store.ts';

/** What a server on this machine says at once. */
const read = async (port: number): Promise<string> => {
  const socket = createConnection({ host: '127.0.0.1', port });
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
};

describe.skipIf(!canRunContainers)('networks that users make', () => {
  const store = sharedStore();
  const { boxtop, ok, said } = commandLines(store);
  const daemon = (words: string) => `Error response from daemon: ${words}`;
  const up = (name: string, ...flags: string[]) =>
    ok('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '10000');
  const endpoint = async (name: string, network: string) =>
    JSON.parse(await ok('inspect', '-f', `{{json .NetworkSettings.Networks.${network}}}`, name));
  /** A name that is unknown is asked of the machine's own servers, which may take long to say no. */
  const reaches = async (from: string, to: string) =>
    (await boxtop('exec', from, 'timeout', '2', 'ping', '-c', '1', '-w', '1', to)).exitCode === 0;
  /** The name server may not have been told yet, and on a busy machine an answer may be late. */
  const expectReach = (from: string, to: string) =>
    expect.poll(() => reaches(from, to), { message: `${from} to ${to}` }).toBe(true);

  it('let containers find each other by name, alias and id, there alone', async () => {
    await up('common'); // before there is any other network: apart from them all the same
    expect(await ok('network', 'create', '--label', 'a=b', 'front')).toMatch(/^[0-9a-f]{64}$/);
    await ok('network', 'create', 'back');
    await up('web', '--network', 'front', '--network-alias', 'www', '--dns-search', 'lan.test');
    const id = await ok('inspect', '-f', '{{.Id}}', 'web');
    await up('other', '--network', 'front', '--link', 'web:linked', '--link', 'late:soon');
    await up('stranger', '--network', 'back');
    for (const name of ['web', 'www', id.slice(0, 12), 'linked']) await expectReach('other', name);
    const web = await endpoint('web', 'front');
    expect(web.Aliases).toEqual(['www', id.slice(0, 12)]);
    expect((await endpoint('other', 'front')).Links).toEqual(['web:linked', 'late:soon']);
    expect(await ok('exec', 'web', 'cat', '/etc/hosts')).not.toContain('linked');
    const common = await ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'common');
    const apart = [
      ['stranger', 'web'],
      ['stranger', web.IPAddress],
      ['common', web.IPAddress],
      ['web', common],
    ] as const;
    expect(await Promise.all(apart.map(([from, to]) => reaches(from, to)))).toEqual(apart.map(() => false));
    expect(await ok('exec', 'web', 'cat', '/etc/resolv.conf')).toBe(
      `search lan.test\nnameserver ${web.Gateway}\noptions ndots:0`,
    );
    await up('late', '--network', 'front');
    await expectReach('other', 'soon');

    const inspected = JSON.parse(await ok('network', 'inspect', 'front'))[0];
    expect(inspected.Containers[id]).toMatchObject({ Name: 'web', MacAddress: web.MacAddress });
    expect(inspected).toMatchObject({ Driver: 'bridge', Internal: false, Labels: { a: 'b' } });
    expect(await said('network', 'rm', 'front')).toEqual([
      1,
      daemon(`error while removing network: network front id ${inspected.Id} has active endpoints`),
    ]);
    await ok('rm', '-f', 'web', 'other', 'late', 'stranger', 'common');
    expect(await ok('network', 'rm', 'front', 'back')).toBe('front\nback');
    expect(await said('network', 'rm', 'front')).toEqual([1, 'Error: No such network: front']);
    expect(await said('run', '--rm', '--network', 'front', 'busybox', 'true')).toEqual([
      125,
      `boxtop: ${daemon('network front not found')}.`,
    ]);
  });

  it('stay apart when another one ends', async () => {
    for (const name of ['one', 'two', 'three']) {
      await ok('network', 'create', name);
      await up(`on-${name}`, '--network', name);
    }
    await ok('rm', '-f', 'on-three');
    const { IPAddress } = await endpoint('on-two', 'two');
    expect(await reaches('on-one', IPAddress)).toBe(false);
    await expectReach('on-two', IPAddress);
    await ok('rm', '-f', 'on-one', 'on-two');
    await ok('network', 'rm', 'one', 'two', 'three');
  });

  it('give addresses of their subnet, and no way out when they are internal', async () => {
    const subnet = [
      '--subnet',
      '10.213.7.0/24',
      '--gateway',
      '10.213.7.254',
      '--ip-range',
      '10.213.7.128/25',
      '--aux-address',
      'printer=10.213.7.128',
    ];
    await ok(
      'network',
      'create',
      '--internal',
      ...subnet,
      '-o',
      'com.docker.network.driver.mtu=1400',
      'inner',
    );
    expect(await ok('network', 'inspect', '-f', '{{json .IPAM.Config}} {{.Internal}}', 'inner')).toBe(
      '[{"Subnet":"10.213.7.0/24","IPRange":"10.213.7.128/25","Gateway":"10.213.7.254","AuxiliaryAddresses":{"printer":"10.213.7.128"}}] true',
    );
    await up('one', '--network', 'inner');
    const fixed = [
      '--ip',
      '10.213.7.9',
      '--mac-address',
      '02:00:00:00:00:09',
      '--link-local-ip',
      '169.254.5.5',
    ];
    await up('two', '--network', 'inner', ...fixed);
    expect((await endpoint('one', 'inner')).IPAddress).toBe('10.213.7.129');
    expect(await endpoint('two', 'inner')).toMatchObject({
      IPAMConfig: { IPv4Address: '10.213.7.9', LinkLocalIPs: ['169.254.5.5'] },
      IPAddress: '10.213.7.9',
      MacAddress: '02:00:00:00:00:09',
    });
    expect(await ok('exec', 'two', 'ip', 'address')).toMatch(/mtu 1400[\s\S]*169\.254\.5\.5\/16/);
    expect(await ok('exec', 'two', 'ip', 'route')).not.toContain('default');
    await expectReach('one', 'two');
    const taken = await said('run', '--rm', '--network', 'inner', '--ip', '10.213.7.9', 'busybox', 'true');
    expect(taken).toEqual([125, `boxtop: ${daemon('Address already in use')}.`]);
    await ok('rm', '-f', 'one', 'two');
    await ok('network', 'rm', 'inner');
  });

  it('are joined and left by running containers, whose names and published ports follow', async () => {
    for (const name of ['left', 'right']) await ok('network', 'create', name);
    const serve = 'while true; do echo here | nc -l -p 80; done';
    await ok(
      'run',
      '-d',
      '--name',
      'moving',
      '--network',
      'left',
      '-p',
      '127.0.0.1::80',
      'busybox',
      'sh',
      '-c',
      serve,
    );
    await up('watcher', '--network', 'right', '--link', 'moving:linked');
    const port = Number((await ok('port', 'moving', '80')).split(':')[1]);
    const answer = () => vi.waitFor(async () => expect(await read(port)).toBe('here\n'), 60_000);
    await answer();
    await ok('network', 'connect', '--alias', 'mover', 'right', 'moving');
    for (const name of ['moving', 'mover', 'linked']) await expectReach('watcher', name);
    const [left, right] = [await endpoint('moving', 'left'), await endpoint('moving', 'right')];
    const hosts = await ok('exec', 'moving', 'cat', '/etc/hosts');
    for (const { IPAddress } of [left, right]) expect(hosts).toContain(`${IPAddress}\t`);
    expect(await ok('exec', 'moving', 'cat', '/etc/resolv.conf')).toBe(
      `nameserver ${left.Gateway}\nnameserver ${right.Gateway}\noptions ndots:0`,
    );
    expect(await ok('ps', '--filter', 'network=right', '--format', '{{.Names}} {{.Networks}}')).toContain(
      'moving left,right',
    );
    expect(await said('network', 'connect', 'right', 'moving')).toEqual([
      1,
      daemon('endpoint with name moving already exists in network right'),
    ]);
    await ok('rename', 'moving', 'renamed');
    await expectReach('watcher', 'renamed');
    await expectReach('watcher', 'mover');
    expect(await ok('network', 'inspect', '-f', '{{json .Containers}}', 'right')).toContain(
      '"Name":"renamed"',
    );
    await ok('rename', 'renamed', 'moving');
    await ok('network', 'disconnect', 'left', 'moving');
    await answer();
    expect(await ok('exec', 'moving', 'ip', 'route')).not.toContain(left.Gateway);
    expect(await ok('exec', 'moving', 'cat', '/etc/hosts')).not.toContain(`${left.IPAddress}\t`);
    await ok('network', 'rm', 'left');
    await ok('restart', '-t', '0', 'moving');
    await answer();
    expect(
      await ok(
        'inspect',
        '-f',
        '{{len .NetworkSettings.Networks}} {{.NetworkSettings.Networks.right.Aliases}}',
        'moving',
      ),
    ).toMatch(/^1 \[mover [0-9a-f]{12}\]$/);

    await ok('stop', '-t', '0', 'moving');
    await ok('network', 'connect', 'bridge', 'moving');
    await ok('network', 'disconnect', 'right', 'moving');
    const id = await ok('inspect', '-f', '{{.Id}}', 'moving');
    expect(await said('network', 'disconnect', 'right', 'moving')).toEqual([
      1,
      daemon(`container ${id} is not connected to the network right`),
    ]);
    await ok('start', 'moving');
    expect(await ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'moving')).not.toBe('');
    expect((await said('network', 'disconnect', 'bridge', 'moving'))[1]).toContain(
      'from its last network, bridge',
    );
    await up('silent', '--network', 'none');
    await up('hosted', '--network', 'host');
    const none =
      'container cannot be connected to multiple networks with one of the networks in private (none) mode';
    const shared =
      'container sharing network namespace with another container or host cannot be connected to any other network';
    expect(await said('network', 'connect', 'right', 'silent')).toEqual([1, daemon(none)]);
    expect(await said('network', 'connect', 'right', 'hosted')).toEqual([1, daemon(shared)]);
    expect(await said('network', 'connect', '--ip', '10.0.0.9', 'right', 'moving')).toEqual([
      1,
      daemon(
        'user specified IP address is supported only when connecting to networks with user configured subnets',
      ),
    ]);
    await ok('rm', '-f', 'moving', 'watcher', 'silent', 'hosted');
    await ok('network', 'rm', 'right');
  });

  it('are refused as Docker refuses them, and leave nothing', async () => {
    await ok('network', 'create', '--subnet', '10.213.8.0/24', 'taken');
    expect(await ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'taken')).toBe(
      '[{"Subnet":"10.213.8.0/24"}]',
    );
    const create = (...words: string[]) => said('network', 'create', ...words, 'fresh');
    const subnet = ['--subnet', '10.213.9.0/24'];
    expect(await said('network', 'create', 'taken')).toEqual([
      1,
      daemon('network with name taken already exists'),
    ]);
    expect(await said('network', 'create', 'bridge')).toEqual([
      1,
      daemon('operation is not permitted on predefined bridge network'),
    ]);
    expect(await said('network', 'rm', 'host')).toEqual([
      1,
      daemon('host is a pre-defined network and cannot be removed'),
    ]);
    const cases: [string[], string][] = [
      [['--subnet', '10.213.8.128/25'], daemon('Pool overlaps with other one on this address space')],
      [['--subnet', 'foo'], daemon('Invalid subnet foo : invalid CIDR address: foo')],
      [
        ['--subnet', '10.213.9.0/31'],
        daemon('failed to allocate gateway (): No available addresses on this pool'),
      ],
      [[...subnet, '--subnet', '10.213.10.0/24'], daemon("bridge driver doesn't support multiple subnets")],
      [['--gateway', '1.2.3.4'], 'every ip-range or gateway must have a corresponding subnet'],
      [[...subnet, '--gateway', '1.2.3.4'], 'no matching subnet for gateway 1.2.3.4'],
      [[...subnet, '--gateway', 'foo'], 'no matching subnet for gateway foo'],
      [[...subnet, '--ip-range', '1.2.3.0/24'], 'no matching subnet for range 1.2.3.0/24'],
      [['-d', 'host'], daemon('only one instance of "host" network is allowed')],
      [['-d', 'odd'], daemon('plugin "odd" not found')],
      [['-d', 'macvlan'], daemon('the network driver macvlan is not implemented yet')],
      [['--ipv6'], daemon('--ipv6 is not implemented yet')],
      [[...subnet, '--aux-address', 'a=10.9.9.9'], 'no matching subnet for aux-address 10.9.9.9'],
      [
        ['-o', 'com.docker.network.bridge.name=far-too-long-a-name'],
        daemon('invalid interface name: far-too-long-a-name'),
      ],
      [
        ['-o', 'com.docker.network.driver.mtu=x'],
        daemon('invalid value for "com.docker.network.driver.mtu": x'),
      ],
      [
        ['-o', 'com.docker.network.bridge.enable_icc=false'],
        daemon('the network option com.docker.network.bridge.enable_icc=false is not implemented yet'),
      ],
    ];
    for (const [words, says] of cases) expect(await create(...words), words.join(' ')).toEqual([1, says]);
    expect((await boxtop('network', 'create', 'a b')).exitCode).toBe(1);
    expect(await ok('network', 'ls', '--format', '{{.Name}}')).toBe('bridge\nhost\nnone\ntaken');
    await ok('network', 'rm', 'taken');
    await ok('network', 'create', 'plain');
    expect(await said('run', '--rm', '--network', 'plain', '--ip', '172.18.0.9', 'busybox', 'true')).toEqual([
      125,
      `boxtop: ${daemon('user specified IP address is supported only when connecting to networks with user configured subnets')}.`,
    ]);
    await ok('network', 'rm', 'plain');
  });
});
