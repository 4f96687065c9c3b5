import { describe, expect, it } from 'vitest';
import { checkBridgeOptions } from '../../../src/engine/networks/bridge-options.ts';
import { checkEndpoint } from '../../../src/engine/networks/endpoint-check.ts';
import type { EndpointSettings } from '../../../src/engine/types/config.ts';

const ipam = (IPAMConfig: EndpointSettings['IPAMConfig'] & {}): EndpointSettings => ({ IPAMConfig });

describe('a place in a network', () => {
  it.each<[EndpointSettings, string]>([
    [ipam({ IPv4Address: 'foo' }), 'invalid IPv4 address: foo'],
    [ipam({ IPv4Address: 'fe80::1' }), 'invalid IPv4 address: fe80::1'],
    [ipam({ IPv6Address: '1.2.3.4' }), 'invalid IPv6 address: 1.2.3.4'],
    [ipam({ IPv6Address: '2001:db8::5' }), '--ip6 is not implemented yet'],
    [ipam({ LinkLocalIPs: ['169.254.1.1', '10.0.0.1'] }), 'invalid link-local IP address: 10.0.0.1'],
    [ipam({ LinkLocalIPs: ['fe80::5'] }), '--link-local-ip with IPv6 is not implemented yet'],
    [{ DriverOpts: { a: 'b' } }, 'a driver option of a network endpoint is not implemented yet'],
    [{ Aliases: ['web', 'a b'] }, 'invalid network-scoped alias: "a b"'],
    [{ Aliases: ['a,b'] }, 'invalid network-scoped alias: "a,b"'],
    [{ Aliases: ['x\n9.9.9.9 evil'] }, 'invalid network-scoped alias: "x\\n9.9.9.9 evil"'],
    [{ Links: ['db:a\tb'] }, 'bad format for links: db:a\tb'],
    [{ Links: ['db:a:b'] }, 'bad format for links: db:a:b'],
  ])('is refused: %j', (endpoint, says) => {
    expect(() => checkEndpoint(endpoint, false)).toThrow(says);
  });

  it('may have a name, an address and links on networks that users made alone', () => {
    const address = 'user specified IP address is supported on user defined networks only';
    for (const [endpoint, says] of [
      [ipam({ IPv4Address: '10.0.0.9', LinkLocalIPs: ['169.254.1.1'] }), address],
      [ipam({ LinkLocalIPs: ['169.254.1.1'] }), address],
      [
        { Aliases: ['db_1.x-y'] },
        'network-scoped alias is supported only for containers in user defined networks',
      ],
      [{ Links: ['db', 'db:alias'] }, 'links are only supported for user-defined networks'],
    ] as const) {
      expect(() => checkEndpoint(endpoint as EndpointSettings, true)).toThrow(says);
      expect(() => checkEndpoint(endpoint as EndpointSettings, false)).not.toThrow();
    }
  });
});

describe('options of a bridge', () => {
  const bridge = 'com.docker.network.bridge';

  it('name its interface; others that mean nothing are let be', () => {
    expect(checkBridgeOptions({ [`${bridge}.name`]: 'br-mine', foo: 'bar' })).toEqual({ name: 'br-mine' });
    expect(
      checkBridgeOptions({ [`${bridge}.enable_icc`]: 'true', [`${bridge}.host_binding_ipv4`]: '0.0.0.0' }),
    ).toEqual({});
  });

  it.each([
    [`${bridge}.name`, 'a/b', 'invalid interface name: a/b'],
    [`${bridge}.name`, '', 'invalid interface name: '],
    [`${bridge}.name`, 'sixteen-letters-', 'invalid interface name: sixteen-letters-'],
    [
      `${bridge}.enable_ip_masquerade`,
      'false',
      `the network option ${bridge}.enable_ip_masquerade=false is not`,
    ],
    [
      `${bridge}.host_binding_ipv4`,
      '127.0.0.1',
      `the network option ${bridge}.host_binding_ipv4=127.0.0.1 is not`,
    ],
    ['com.docker.network.driver.mtu', '67', 'invalid value for "com.docker.network.driver.mtu": 67'],
    ['com.docker.network.driver.mtu', '1e3', 'invalid value for "com.docker.network.driver.mtu": 1e3'],
  ])('are refused: %s=%s', (key, value, says) => {
    expect(() => checkBridgeOptions({ [key]: value })).toThrow(says);
  });
});
