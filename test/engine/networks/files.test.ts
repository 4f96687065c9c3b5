import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { containerDir, hostsFile } from '../../../src/engine/containers/paths.ts';
import { refreshFiles } from '../../../src/engine/networks/files.ts';
import { hostsFileContent } from '../../../src/engine/networks/hosts-file.ts';
import { hasOnlyStubResolver, resolvConfContent } from '../../../src/engine/networks/resolv-conf.ts';
import { makeContainer, makeStore } from '../../support/engine-store.ts';

const own = { extraHosts: [], links: [], addresses: ['172.17.0.2'], hostname: 'web', domainname: '' };
const none = { servers: [], search: [], options: [] };

describe('/etc/hosts', () => {
  it('has Docker’s lines, the added hosts and then the container itself', () => {
    const text = hostsFileContent({
      ...own,
      extraHosts: ['db:10.0.0.5', 'six:fe80::1', 'up:host-gateway'],
      hostGateway: '172.17.0.1',
    });
    expect(text).toBe(
      [
        '127.0.0.1\tlocalhost',
        '::1\tlocalhost ip6-localhost ip6-loopback',
        'fe00::0\tip6-localnet',
        'ff00::0\tip6-mcastprefix',
        'ff02::1\tip6-allnodes',
        'ff02::2\tip6-allrouters',
        '10.0.0.5\tdb',
        'fe80::1\tsix',
        '172.17.0.1\tup',
        '172.17.0.2\tweb',
        '',
      ].join('\n'),
    );
  });

  it('puts the full name first when there is a domain', () => {
    expect(hostsFileContent({ ...own, domainname: 'lan' })).toContain('172.17.0.2\tweb.lan web\n');
  });

  it('begins with the host’s own file on the host network', () => {
    expect(hostsFileContent({ ...own, base: '127.0.0.1 box\n\n', addresses: [] })).toBe('127.0.0.1 box\n');
  });

  it('refuses what is no name:address or would forge lines', () => {
    for (const bad of ['x', ':1.2.3.4', 'x:', 'x:1.2.3.4\nevil:6.6.6.6', 'a b:1.2.3.4']) {
      expect(() => hostsFileContent({ ...own, extraHosts: [bad] })).toThrow('bad format for add-host');
    }
    expect(() => hostsFileContent({ ...own, extraHosts: ['a:host-gateway'] })).toThrow('host-gateway');
  });
});

describe('/etc/resolv.conf', () => {
  it('keeps the host’s file but for servers that can’t be reached from a namespace', () => {
    const host = '# by hand\nnameserver 127.0.0.1\nnameserver ::1\nnameserver 10.1.1.1\nsearch lan\n';
    expect(resolvConfContent(host, none, false)).toBe('# by hand\nnameserver 10.1.1.1\nsearch lan\n');
    expect(resolvConfContent(host, none, true)).toBe(host);
  });

  it('falls back to Docker’s servers when none is left', () => {
    expect(resolvConfContent('nameserver 127.0.0.53\n', none, false)).toBe(
      'nameserver 8.8.8.8\nnameserver 8.8.4.4\n',
    );
    expect(resolvConfContent('', none, false)).toBe('nameserver 8.8.8.8\nnameserver 8.8.4.4\n');
  });

  it('replaces only what is asked for', () => {
    const host = 'nameserver 10.1.1.1\nsearch lan corp\noptions ndots:2\n';
    expect(resolvConfContent(host, { ...none, servers: ['1.1.1.1', '9.9.9.9'] }, false)).toBe(
      'search lan corp\nnameserver 1.1.1.1\nnameserver 9.9.9.9\noptions ndots:2\n',
    );
    expect(resolvConfContent(host, { servers: [], search: ['.'], options: ['ndots:5'] }, false)).toBe(
      'nameserver 10.1.1.1\noptions ndots:5\n',
    );
  });

  it('knows systemd-resolved’s stub', () => {
    expect(hasOnlyStubResolver('nameserver 127.0.0.53\noptions edns0\n')).toBe(true);
    expect(hasOnlyStubResolver('nameserver 127.0.0.53\nnameserver 10.0.0.1\n')).toBe(false);
  });
});

describe('/etc/hosts of a container that runs', () => {
  it('loses the address that is gone and nothing else; one that the container made huge is not read', () => {
    const { ctx, close } = makeStore();
    try {
      const record = makeContainer(ctx, 'a', { config: { Hostname: 'web' } });
      const file = hostsFile(ctx, record.Id);
      mkdirSync(containerDir(ctx, record.Id), { recursive: true });
      writeFileSync(file, '127.0.0.1\tlocalhost\n10.8.0.2\tweb\n# mine\n');
      refreshFiles(
        ctx,
        { ...record, NetworkSettings: { ...record.NetworkSettings, Networks: {} } },
        { gone: '10.8.0.2' },
      );
      expect(readFileSync(file, 'utf8')).toBe('127.0.0.1\tlocalhost\n# mine\n');
      truncateSync(file, 2 ** 32);
      refreshFiles(ctx, { ...record, NetworkSettings: { ...record.NetworkSettings, Networks: {} } }, {});
      expect(statSync(file).size).toBe(2 ** 32);
    } finally {
      close();
    }
  });
});
