import { describe, expect, it } from 'vitest';
import { type LinkTarget, linkVariables } from '../../../src/engine/containers/link-environment.ts';
import { withAddress, withoutLine } from '../../../src/engine/networks/hosts-file.ts';

const db: LinkTarget = {
  id: 'f'.repeat(64),
  alias: 'db',
  name: 'postgres',
  hostname: 'ffffffffffff',
  address: '172.17.0.2',
  env: [],
  ports: [],
};

describe('the variables of a link', () => {
  it('tell the lowest port, every port and the name, tcp first', () => {
    expect(linkVariables('web', { ...db, ports: ['5432/tcp', '53/udp', '53/tcp'] })).toEqual([
      'DB_PORT=tcp://172.17.0.2:53',
      'DB_PORT_53_TCP=tcp://172.17.0.2:53',
      'DB_PORT_53_TCP_ADDR=172.17.0.2',
      'DB_PORT_53_TCP_PORT=53',
      'DB_PORT_53_TCP_PROTO=tcp',
      'DB_PORT_53_UDP=udp://172.17.0.2:53',
      'DB_PORT_53_UDP_ADDR=172.17.0.2',
      'DB_PORT_53_UDP_PORT=53',
      'DB_PORT_53_UDP_PROTO=udp',
      'DB_PORT_5432_TCP=tcp://172.17.0.2:5432',
      'DB_PORT_5432_TCP_ADDR=172.17.0.2',
      'DB_PORT_5432_TCP_PORT=5432',
      'DB_PORT_5432_TCP_PROTO=tcp',
      'DB_NAME=/web/db',
    ]);
  });

  it('tell three neighbouring ports as a range too, two as they are', () => {
    const range = linkVariables('web', { ...db, ports: ['80/tcp', '81/tcp', '82/tcp', '90/tcp', '91/tcp'] });
    expect(range.filter((entry) => /START|END/.test(entry))).toEqual([
      'DB_PORT_80_TCP_START=tcp://172.17.0.2:80',
      'DB_PORT_80_TCP_PORT_START=80',
      'DB_PORT_80_TCP_END=tcp://172.17.0.2:82',
      'DB_PORT_80_TCP_PORT_END=82',
    ]);
  });

  it('repeat its environment, but for what every container has', () => {
    const env = ['PATH=/bin', 'HOME=/root', 'PASS=a=b c', 'EMPTY=', 'gone'];
    expect(linkVariables('web', { ...db, alias: 'my-db', env })).toEqual([
      'MY_DB_NAME=/web/my-db',
      'MY_DB_ENV_PASS=a=b c',
      'MY_DB_ENV_EMPTY=',
    ]);
  });
});

describe('/etc/hosts of a running container', () => {
  const hosts = '127.0.0.1\tlocalhost\n9.9.9.9\tdb\n172.17.0.2\tdb ffff postgres\n172.17.0.3\tweb\n# mine\n';

  it('gets the new address on the line of the link alone', () => {
    expect(withAddress(hosts, 'db ffff', '172.17.0.9')).toBe(hosts.replace('172.17.0.2', '172.17.0.9'));
    expect(withAddress('1.1.1.1\tdb ffff\n', 'db ffff', '2.2.2.2')).toBe('2.2.2.2\tdb ffff\n');
    for (const other of ['d ffff', 'db fff', 'postgres', '.*'])
      expect(withAddress(hosts, other, '172.17.0.9')).toBe(hosts);
  });

  it('loses the line of a link that is removed', () => {
    expect(withoutLine(hosts, 'db ffff')).toBe(hosts.replace('172.17.0.2\tdb ffff postgres\n', ''));
    expect(withoutLine('', 'db ffff')).toBe('');
  });
});
