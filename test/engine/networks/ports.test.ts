import { describe, expect, it } from 'vitest';
import { assignPorts, clashes, portRequests, portSettings } from '../../../src/engine/networks/ports.ts';
import type { ContainerConfig, HostConfig } from '../../../src/engine/types/config.ts';

const config: ContainerConfig = { Image: 'x', ExposedPorts: { '80/tcp': {}, '53/udp': {} } };
const free = () => undefined;
const assign = (
  hostConfig: HostConfig,
  taken = [] as { ip: string; port: number; protocol: string }[],
  problem: () => string | undefined = free,
) => assignPorts(portRequests(config, hostConfig), taken, problem);
const tcp = (HostPort: string, HostIp = '') => ({ PortBindings: { '80/tcp': [{ HostIp, HostPort }] } });

describe('published ports', () => {
  it('keeps fixed ports and fills in the address', () => {
    expect(assign(tcp('8080'))).toEqual([
      { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 },
    ]);
    expect(assign(tcp('8080', '127.0.0.1'))[0]).toMatchObject({ hostIp: '127.0.0.1', hostPort: 8080 });
  });

  it('refuses addresses that nothing could answer on, with what to do instead', () => {
    for (const ip of ['::1', '::', 'fe80::1', '::ffff:1.2.3.4'])
      expect(() => portRequests(config, tcp('8080', ip))).toThrow(
        `publish on ${ip}: containers have no IPv6, only IPv4 addresses can be published on`,
      );
    expect(() => portRequests(config, tcp('8080', 'localhost'))).toThrow('invalid IP address: localhost');
  });

  it('chooses from 49153 on for a port without number', () => {
    expect(assign(tcp(''))[0]?.hostPort).toBe(49_153);
    expect(assign(tcp('0'), [{ ip: '0.0.0.0', port: 49_153, protocol: 'tcp' }])[0]?.hostPort).toBe(49_154);
  });

  it('publishes every exposed port from 49000 on with -P, but not over a given binding', () => {
    expect(
      assign({ PublishAllPorts: true }).map(({ containerPort, hostPort }) => [containerPort, hostPort]),
    ).toEqual([
      [53, 49_000],
      [80, 49_000],
    ]);
    expect(assign({ PublishAllPorts: true, ...tcp('8080') }).map(({ hostPort }) => hostPort)).toEqual([
      49_000, 8080,
    ]);
  });

  it('takes the first free port of a range', () => {
    expect(assign(tcp('8000-8002'), [{ ip: '0.0.0.0', port: 8000, protocol: 'tcp' }])[0]?.hostPort).toBe(
      8001,
    );
    const taken = [8000, 8001, 8002].map((port) => ({ ip: '0.0.0.0', port, protocol: 'tcp' }));
    expect(() => assign(tcp('8000-8002'), taken)).toThrow('all ports are allocated');
  });

  it('never gives a chosen port away that another binding names', () => {
    const bindings = {
      PortBindings: {
        '53/tcp': [{ HostIp: '', HostPort: '' }],
        '80/tcp': [{ HostIp: '', HostPort: '49153' }],
      },
    };
    expect(assign(bindings).map(({ hostPort }) => hostPort)).toEqual([49_154, 49_153]);
  });

  it('refuses a port another container or program has, in Docker’s words', () => {
    const text = 'Bind for 0.0.0.0:8080 failed: port is already allocated';
    expect(() => assign(tcp('8080'), [{ ip: '127.0.0.1', port: 8080, protocol: 'tcp' }])).toThrow(text);
    expect(() => assign(tcp('8080'), [], () => 'port is already allocated')).toThrow(text);
  });

  it('tells addresses and protocols apart', () => {
    const port = { ip: '127.0.0.1', port: 80, protocol: 'tcp' };
    expect(clashes(port, { ...port, ip: '127.0.0.2' })).toBe(false);
    expect(clashes(port, { ...port, protocol: 'udp' })).toBe(false);
    expect(clashes(port, { ...port, ip: '0.0.0.0' })).toBe(true);
  });

  it('refuses nonsense', () => {
    for (const port of ['70000', '-1', 'x', '9-8', '1-2-3'])
      expect(() => assign(tcp(port))).toThrow('invalid port specification');
    expect(() => portRequests(config, { PortBindings: { '0/tcp': [] } })).toThrow(
      'invalid port specification',
    );
    expect(() => portRequests(config, { PortBindings: { '80/xyz': [] } })).toThrow(
      'invalid port specification',
    );
  });

  it('shows exposed but unpublished ports as null', () => {
    expect(portSettings(config, assign(tcp('8080')))).toEqual({
      '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }],
      '53/udp': null,
    });
  });
});
