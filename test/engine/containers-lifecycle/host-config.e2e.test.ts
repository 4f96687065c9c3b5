import { describe, expect, it } from 'vitest';
import type { HostConfig } from '../../../src/engine/index.ts';
import { hostFacts } from '../../../src/engine/runtime/host.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedStore } from '../../support/store.ts';
import { CASES } from './host-config-cases.ts';

describe.skipIf(!canRunContainers)('every field of HostConfig', () => {
  const store = sharedStore();

  const cases = Object.entries(CASES).flatMap(([field, list]) =>
    list.flatMap((one) => (typeof one === 'string' ? [] : [{ field, ...one }])),
  );

  it.each(cases)('$field is honoured or refused by its name: $config', async (one) => {
    const { config } = one;
    if ('refused' in one) {
      const tried = store.run(['true'], { HostConfig: config });
      await expect(tried).rejects.toThrow(one.refused);
      // none stands for run's 125
      await expect(tried.catch((error) => error.exitCode ?? 125)).resolves.toBe(125);
      return;
    }
    const { stdout, stderr } = await store.run(['sh', '-c', one.script], {
      HostConfig: { AutoRemove: true, ...config },
    });
    expect(stdout + stderr).toMatch(one.shows);
  });

  it('refuses what the default bridge has not, and the options that the network mode makes void', async () => {
    const create = (HostConfig: HostConfig, endpoint: object, more: object = {}) =>
      store.engine.containers.create({
        Image: 'busybox',
        ...more,
        HostConfig,
        NetworkingConfig: { EndpointsConfig: { [HostConfig.NetworkMode!]: endpoint } },
      });
    const bridge = { NetworkMode: 'bridge' };
    await expect(create(bridge, { Aliases: ['a'] })).rejects.toThrow(
      'network-scoped alias is supported only',
    );
    await expect(create(bridge, { IPAMConfig: { IPv4Address: '10.0.0.9' } })).rejects.toThrow(
      'user specified IP address is supported on user defined networks only',
    );
    await expect(create(bridge, { DriverOpts: { a: 'b' } })).rejects.toThrow('not implemented yet');
    const joined = { NetworkMode: 'container:x' };
    await expect(create(joined, {}, { Hostname: 'a' })).rejects.toThrow('hostname and the network mode');
    await expect(create({ ...joined, PublishAllPorts: true }, {})).rejects.toThrow('port publishing and the');
    await expect(create({ ...joined, Dns: ['192.0.2.1'] }, {})).rejects.toThrow('dns and the network mode');
  });

  it('warns of what this machine cannot give', async () => {
    const body = { Image: 'busybox', HostConfig: { NetworkMode: 'host', PublishAllPorts: true } };
    expect((await store.engine.containers.create(body)).Warnings).toEqual([
      'Published ports are discarded when using host network mode',
    ]);
    if (hostFacts().canRaiseLimits) return;
    const Ulimits = [{ Name: 'nofile', Soft: 10, Hard: 2_000_000 }];
    const { Warnings } = await store.engine.containers.create({ Image: 'busybox', HostConfig: { Ulimits } });
    expect(Warnings).toEqual([expect.stringMatching(/^ulimit nofile was lowered to \d+/)]);
  });
});
