import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/engine/context.ts';
import { writeNetworkFiles } from '../../../src/engine/networks/files.ts';
import { inspect } from '../../../src/engine/networks/networks.ts';
import { allNetworks, sandboxDocuments } from '../../../src/engine/networks/records.ts';
import { removalOf } from '../../../src/engine/networks/rules.ts';
import { removeNetworks, setupNetwork, teardownNetwork } from '../../../src/engine/networks/setup.ts';
import { eventsAfter } from '../../../src/engine/state/events.ts';
import { makeContainer, makeStore } from '../../support/engine-store.ts';
import { freePort } from '../../support/registry.ts';
import { canRunContainers } from '../../support/requirements.ts';

const run = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: 'utf8' });
const inside = (netns: string, ...args: string[]) => run('nsenter', `--net=${netns}`, ...args);
const savedRules = () => run('iptables-save').replace(/\[\d+:\d+\]/g, '');
const rules = () =>
  savedRules()
    .split('\n')
    .filter((line) => line.includes('NETAVARK'))
    .join('\n');
const published = (HostPort: string, HostIp = '') => ({
  config: { ExposedPorts: { '80/tcp': {} } },
  hostConfig: { PortBindings: { '80/tcp': [{ HostIp, HostPort }] } },
});
const PORT = String(await freePort());
const OTHER_PORT = String(await freePort());

describe.skipIf(!canRunContainers)('the network of a container', () => {
  let ctx: Context;
  let close: () => void;
  const children: ReturnType<typeof spawn>[] = [];

  beforeEach(() => {
    ({ ctx, close } = makeStore());
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    const { interfaceName, subnet } = allNetworks(ctx).find(({ Name }) => Name === 'bridge')!;
    await removeNetworks(ctx);
    const netns = ctx.paths.netns;
    close();
    await expect.poll(() => run('ip', '-o', 'link')).not.toContain(interfaceName); // the kernel ends namespaces a moment later
    for (const trace of [subnet!, interfaceName!, PORT]) expect(savedRules()).not.toContain(trace);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(netns);
  });

  it('never touches the rules of another store, nor takes its ports', async () => {
    const other = makeStore();
    const stranger = makeContainer(other.ctx, 'b', published(OTHER_PORT));
    try {
      const { netnsPath, networks } = await setupNetwork(other.ctx, stranger);
      await expect(setupNetwork(ctx, makeContainer(ctx, 'c', published(OTHER_PORT)))).rejects.toThrow(
        'port is already allocated',
      );
      const record = makeContainer(ctx, 'a', published(PORT));
      await setupNetwork(ctx, record);
      await teardownNetwork(ctx, record);
      expect(rules()).toContain(`--dport ${OTHER_PORT}`);
      expect(rules()).toContain('-j NETAVARK-HOSTPORT-DNAT');
      inside(netnsPath!, 'busybox', 'ping', '-c1', '-W60', networks['bridge']!.Gateway!);
    } finally {
      await removeNetworks(other.ctx);
      other.close();
    }
  });

  it('has an address, reaches the gateway and leaves nothing behind', async () => {
    const record = makeContainer(ctx, 'a');
    const setup = await setupNetwork(ctx, record);
    const bridge = setup.networks['bridge']!;
    expect(inside(setup.netnsPath!, 'ip', '-4', '-o', 'addr', 'show', 'eth0')).toContain(
      `${bridge.IPAddress}/${bridge.IPPrefixLen}`,
    );
    expect(inside(setup.netnsPath!, 'ip', 'link', 'show', 'eth0')).toContain(bridge.MacAddress);
    expect(inside(setup.netnsPath!, 'ip', '-6', 'addr')).toBe('');
    inside(setup.netnsPath!, 'busybox', 'ping', '-c1', '-W60', bridge.Gateway!);
    const info = await inspect(ctx, 'bridge');
    expect(info.Containers[record.Id]).toMatchObject({
      Name: record.Name,
      IPv4Address: `${bridge.IPAddress}/${bridge.IPPrefixLen}`,
    });
    await teardownNetwork(ctx, record);
    await teardownNetwork(ctx, record);
    expect((await inspect(ctx, 'bridge')).Containers).toEqual({});
    expect(existsSync(setup.netnsPath!)).toBe(false);
    const actions = eventsAfter(ctx.state, 0)
      .filter(({ event }) => event.Type === 'network')
      .map(({ event }) => event.Action);
    expect(actions).toEqual(['connect', 'disconnect']);
  });

  it('forwards a published port, also from the loopback address', async () => {
    const record = makeContainer(ctx, 'a', published(PORT));
    const setup = await setupNetwork(ctx, record);
    expect(setup.ports).toEqual({ '80/tcp': [{ HostIp: '0.0.0.0', HostPort: PORT }] });
    children.push(
      spawn(
        'nsenter',
        [`--net=${setup.netnsPath}`, 'busybox', 'nc', '-ll', '-p', '80', '-e', 'echo', 'hello'],
        { stdio: 'ignore' },
      ),
    );
    const asked = () =>
      spawnSync('busybox', ['nc', '-w', '2', '127.0.0.1', PORT], { encoding: 'utf8' }).stdout;
    await expect.poll(asked).toBe('hello\n');
    expect(rules()).toContain(PORT);
    await teardownNetwork(ctx, record);
    expect(rules()).not.toContain(PORT);
  });

  it('lets two containers see each other and keeps the bridge for the one that stays', async () => {
    const first = makeContainer(ctx, 'a');
    const second = makeContainer(ctx, 'b', published(PORT));
    const [one, two] = await Promise.all([setupNetwork(ctx, first), setupNetwork(ctx, second)]);
    const addresses = [one, two].map(({ networks }) => networks['bridge']!.IPAddress!);
    expect(new Set(addresses).size).toBe(2);
    inside(one.netnsPath!, 'busybox', 'ping', '-c1', '-W60', addresses[1]!);
    await teardownNetwork(ctx, second);
    expect(rules()).not.toContain(PORT);
    inside(one.netnsPath!, 'busybox', 'ping', '-c1', '-W60', one.networks['bridge']!.Gateway!);
  });

  it('gives a port to one of two containers, and says who lost in Docker’s words', async () => {
    const [first, second] = [
      makeContainer(ctx, 'a', published(PORT)),
      makeContainer(ctx, 'b', published(PORT)),
    ];
    const results = await Promise.allSettled([setupNetwork(ctx, first), setupNetwork(ctx, second)]);
    const [failure] = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as Error] : [],
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(failure).toMatchObject({ code: 'CONFLICT', exitCode: 125 });
    expect(failure?.message).toMatch(
      new RegExp(
        String.raw`^driver failed programming external connectivity on endpoint box-[ab] \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:${PORT} failed: port is already allocated$`,
      ),
    );
    expect(sandboxDocuments(ctx).all()).toHaveLength(1);
  });

  it('refuses a port another program listens on, and leaves nothing', async () => {
    const server = createServer().listen(Number(PORT), '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    try {
      await expect(setupNetwork(ctx, makeContainer(ctx, 'a', published(PORT)))).rejects.toThrow(
        'port is already allocated',
      );
      expect(sandboxDocuments(ctx).all()).toEqual([]);
      const other = await setupNetwork(ctx, makeContainer(ctx, 'b', published(PORT, '127.0.0.2')));
      expect(other.ports['80/tcp']).toEqual([{ HostIp: '127.0.0.2', HostPort: PORT }]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('refuses an address this machine does not have', async () => {
    await expect(setupNetwork(ctx, makeContainer(ctx, 'a', published(PORT, '203.0.113.7')))).rejects.toThrow(
      /^driver failed programming external connectivity on endpoint box-a \([0-9a-f]{64}\): listen tcp4 203\.0\.113\.7:\d+: bind: cannot assign requested address$/,
    );
  });

  it('cleans up when the namespace is already gone', async () => {
    const [first, second] = [makeContainer(ctx, 'a', published(PORT)), makeContainer(ctx, 'b')];
    const one = await setupNetwork(ctx, first);
    const two = await setupNetwork(ctx, second);
    run('umount', '-l', one.netnsPath!);
    await sleep(200);
    await teardownNetwork(ctx, first);
    expect(rules()).not.toContain(PORT);
    inside(two.netnsPath!, 'busybox', 'ping', '-c1', '-W60', two.networks['bridge']!.Gateway!);
    run('umount', '-l', two.netnsPath!);
    await sleep(200);
    await teardownNetwork(ctx, second);
  });

  it('cleans up when rules and bridge were removed by somebody else', async () => {
    const record = makeContainer(ctx, 'a', published(PORT));
    await setupNetwork(ctx, record);
    run(
      'ip',
      'link',
      'delete',
      sandboxDocuments(ctx).get(record.Id)!.input!.network_info[
        allNetworks(ctx).find(({ Name }) => Name === 'bridge')!.interfaceName!
      ]!.network_interface!,
    );
    await teardownNetwork(ctx, record);
    expect(sandboxDocuments(ctx).all()).toEqual([]);
  });

  it('lets a container end whose rules somebody flushed, and says so', async () => {
    const [first, second] = [makeContainer(ctx, 'a', published(PORT)), makeContainer(ctx, 'b')];
    await setupNetwork(ctx, first);
    await setupNetwork(ctx, second);
    const { subnet, interfaceName } = allNetworks(ctx).find(({ Name }) => Name === 'bridge')!;
    const trace = { subnet: subnet!, interfaceName: interfaceName! };
    execFileSync('iptables-restore', ['--noflush'], { input: removalOf(savedRules(), trace, false)! });
    await teardownNetwork(ctx, first);
    await teardownNetwork(ctx, second);
    expect(eventsAfter(ctx.state, 0).map(({ event }) => event.Action)).toContain('notice');
  });

  it('starts again after a crash that left everything set up', async () => {
    const record = makeContainer(ctx, 'a', published(PORT));
    await setupNetwork(ctx, record);
    const again = await setupNetwork(ctx, record);
    inside(again.netnsPath!, 'busybox', 'ping', '-c1', '-W60', again.networks['bridge']!.Gateway!);
  });

  it('releases the leases of a boot that is over', async () => {
    const record = makeContainer(ctx, 'a', published(PORT));
    const documents = sandboxDocuments(ctx);
    const ports = [{ ip: '0.0.0.0', port: Number(PORT), protocol: 'tcp' }];
    documents.put(record.Id, {
      containerId: record.Id,
      bootId: 'an earlier one',
      netnsPath: `${ctx.paths.netns}/x`,
      endpoints: [],
      ports,
    });
    const other = await setupNetwork(ctx, makeContainer(ctx, 'b', published(PORT)));
    expect(other.ports['80/tcp']?.[0]?.HostPort).toBe(PORT);
    await teardownNetwork(ctx, record);
    expect(documents.get(record.Id)).toBeUndefined();
  });

  it('is the host’s own, an empty one or another container’s when asked', async () => {
    expect(
      await setupNetwork(ctx, makeContainer(ctx, 'a', { hostConfig: { NetworkMode: 'host' } })),
    ).toMatchObject({ createNew: false, networks: { host: {} } });
    expect(
      await setupNetwork(ctx, makeContainer(ctx, 'b', { hostConfig: { NetworkMode: 'none' } })),
    ).toMatchObject({ createNew: true, networks: { none: {} } });
    const running = makeContainer(ctx, 'c', { pid: process.pid });
    const joining = makeContainer(ctx, 'd', { hostConfig: { NetworkMode: `container:${running.Name}` } });
    const joined = await setupNetwork(ctx, joining);
    expect(joined).toMatchObject({ netnsPath: `/proc/${process.pid}/ns/net`, sharedWith: running.Id });
    expect((await writeNetworkFiles(ctx, joining, joined)).hosts).toContain(running.Id);
    const lonely = makeContainer(ctx, 'e', { hostConfig: { NetworkMode: `container:${'b'.repeat(64)}` } });
    await expect(setupNetwork(ctx, lonely)).rejects.toThrow(
      `cannot join network of a non running container: ${'b'.repeat(64)}`,
    );
    await expect(
      setupNetwork(ctx, makeContainer(ctx, 'f', { hostConfig: { NetworkMode: 'nowhere' } })),
    ).rejects.toThrow('network nowhere not found');
  });

  it('writes hosts, hostname and resolv.conf', async () => {
    const record = makeContainer(ctx, 'a', {
      hostConfig: { ExtraHosts: ['up:host-gateway'], Dns: ['192.0.2.9'] },
    });
    const setup = await setupNetwork(ctx, record);
    const files = await writeNetworkFiles(ctx, record, setup);
    const { IPAddress, Gateway } = setup.networks['bridge']!;
    expect(readFileSync(files.hosts, 'utf8')).toMatch(
      new RegExp(`\n${Gateway}\tup\n${IPAddress}\taaaaaaaaaaaa\n$`),
    );
    expect(readFileSync(files.hostname, 'utf8')).toBe('aaaaaaaaaaaa\n');
    expect(readFileSync(files.resolvConf, 'utf8')).toContain('nameserver 192.0.2.9\n');
  });
});
