import { describe, expect, it } from 'vitest';
import {
  forwardedPorts,
  isolationEntry,
  isolationOf,
  removalOf,
} from '../../../src/engine/networks/rules.ts';

const FILTER = `*filter
:FORWARD ACCEPT [0:0]
:NETAVARK_FORWARD - [0:0]
-A FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD
-A NETAVARK_FORWARD -d 172.30.0.0/16 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A NETAVARK_FORWARD -s 172.30.0.0/16 -j ACCEPT
`;
const NAT = `*nat
:POSTROUTING ACCEPT [0:0]
:NETAVARK-7D24D33E39064 - [0:0]
:NETAVARK-DN-7D24D33E39064 - [0:0]
:NETAVARK-HOSTPORT-DNAT - [0:0]
:NETAVARK-HOSTPORT-MASQ - [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT
-A POSTROUTING -j NETAVARK-HOSTPORT-MASQ
-A POSTROUTING -s 172.30.0.0/16 -j NETAVARK-7D24D33E39064
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A NETAVARK-7D24D33E39064 -d 172.30.0.0/16 -j ACCEPT
-A NETAVARK-DN-7D24D33E39064 -p tcp -m tcp --dport 18080 -j DNAT --to-destination 172.30.0.2:80
-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 18080 -m comment --comment "dnat name: bridge id: abc" -j NETAVARK-DN-7D24D33E39064
-A NETAVARK-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
`;
const BRIDGE = { subnet: '172.30.0.0/16', interfaceName: 'bxt0123456789' };
const OTHER = '-A NETAVARK_FORWARD -s 10.89.0.0/24 -j ACCEPT\n';
const saved = (filter: string, nat: string) => `# by iptables-save\n${filter}COMMIT\n${nat}COMMIT\n`;

describe('the removal of a network’s rules', () => {
  it('names every rule and chain of the network, and the shared chains when nobody else is in them', () => {
    expect(removalOf(saved(FILTER, NAT), BRIDGE, true)).toBe(`*filter
-D FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD
-D NETAVARK_FORWARD -d 172.30.0.0/16 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-D NETAVARK_FORWARD -s 172.30.0.0/16 -j ACCEPT
-X NETAVARK_FORWARD
COMMIT
*nat
-D PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT
-D POSTROUTING -j NETAVARK-HOSTPORT-MASQ
-D POSTROUTING -s 172.30.0.0/16 -j NETAVARK-7D24D33E39064
-D NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 18080 -m comment --comment "dnat name: bridge id: abc" -j NETAVARK-DN-7D24D33E39064
-D NETAVARK-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-F NETAVARK-7D24D33E39064
-F NETAVARK-DN-7D24D33E39064
-X NETAVARK-7D24D33E39064
-X NETAVARK-DN-7D24D33E39064
-X NETAVARK-HOSTPORT-DNAT
-X NETAVARK-HOSTPORT-MASQ
COMMIT
`);
  });

  it('names the rules that part networks, by the bridge, and their chains when nobody else is parted', () => {
    const parted = (
      bridge: string,
    ) => `-A NETAVARK_ISOLATION_1 -i ${bridge} ! -o ${bridge} -j NETAVARK_ISOLATION_2
-A NETAVARK_ISOLATION_2 -o ${bridge} -j DROP
`;
    const chains =
      ':NETAVARK_ISOLATION_1 - [0:0]\n:NETAVARK_ISOLATION_2 - [0:0]\n-A FORWARD -j NETAVARK_ISOLATION_1\n';
    const own = chains + parted('bxt0123456789');
    const deleted = parted('bxt0123456789').replaceAll('-A ', '-D ');
    expect(removalOf(`*filter\n${own}COMMIT\n`, BRIDGE, true)).toBe(
      `*filter\n-D FORWARD -j NETAVARK_ISOLATION_1\n${deleted}-X NETAVARK_ISOLATION_1\n-X NETAVARK_ISOLATION_2\nCOMMIT\n`,
    );
    expect(removalOf(`*filter\n${own}${parted('bxt01234567890')}COMMIT\n`, BRIDGE, true)).toBe(
      `*filter\n${deleted}COMMIT\n`,
    );
  });

  it('leaves the shared chains while another network uses them', () => {
    const removal = removalOf(saved(FILTER + OTHER, NAT), BRIDGE, true);
    expect(removal).toContain('-X NETAVARK-7D24D33E39064');
    expect(removal).not.toMatch(/-X NETAVARK(_FORWARD|-HOSTPORT)|10\.89|-D FORWARD|172\.17/);
  });

  it('names shared chains that a killed setup left with nobody in them', () => {
    const filter = FILTER.replace(/^-A NETAVARK_FORWARD .*\n/gm, '');
    expect(removalOf(saved(filter, ''), BRIDGE, true)).toBe(`*filter
-D FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD
-X NETAVARK_FORWARD
COMMIT
`);
    expect(removalOf(saved(filter, ''), BRIDGE, false)).toBeUndefined();
    expect(removalOf(saved(filter + OTHER, ''), BRIDGE, true)).toBeUndefined();
  });

  it('is nothing for a network without rules', () => {
    expect(
      removalOf(saved(FILTER, NAT), { ...BRIDGE, subnet: '172.3.0.0/16', interfaceName: 'bxt' }, true),
    ).toBeUndefined();
    expect(removalOf('', BRIDGE, true)).toBeUndefined();
  });
});

describe('ports forwarded by the machine', () => {
  it('are read from the rules of netavark and Docker', () => {
    const docker = '-A DOCKER ! -i docker0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.2:53\n';
    const local =
      '-A NETAVARK-HOSTPORT-DNAT -d 127.0.0.1/32 -p tcp -m tcp --dport 81 -m comment --comment "x" -j NETAVARK-DN-7D24D33E39064\n';
    expect(forwardedPorts(saved(FILTER, NAT + docker + local))).toEqual([
      { ip: '0.0.0.0', port: 18_080, protocol: 'tcp' },
      { ip: '0.0.0.0', port: 53, protocol: 'udp' },
      { ip: '127.0.0.1', port: 81, protocol: 'tcp' },
    ]);
  });
});

describe('a bridge that is called like a word of rules', () => {
  it('has those rules alone that name it as an interface', () => {
    const other = '-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 81 -j NETAVARK-DN-AAAAAAAAAAAAA\n';
    const own = '-A NETAVARK_ISOLATION_2 -o tcp -j DROP\n';
    const input = removalOf(
      saved(FILTER + own, NAT + other),
      { subnet: '10.9.0.0/24', interfaceName: 'tcp' },
      false,
    );
    expect(input?.match(/-D .*/g)).toEqual(['-D NETAVARK_ISOLATION_2 -o tcp -j DROP']);
  });
});

describe('the default bridge among networks that came later', () => {
  const chains = ':NETAVARK_ISOLATION_1 - [0:0]\n:NETAVARK_ISOLATION_2 - [0:0]\n';
  const leaving = 'NETAVARK_ISOLATION_1 -i bxt0 ! -o bxt0 -j NETAVARK_ISOLATION_2\n';
  const entering = 'NETAVARK_ISOLATION_2 -o bxt0 -j DROP\n';

  it('gets the rules that it lacks, which go with it', () => {
    const before = saved(FILTER + chains, NAT);
    expect(isolationOf(before, 'bxt0')).toBe(`*filter\n-I ${leaving}-I ${entering}COMMIT\n`);
    const after = saved(`${FILTER}${chains}-A ${leaving}-A ${entering}`, NAT);
    expect(isolationOf(after, 'bxt0')).toBeUndefined();
    const removal = removalOf(after, { subnet: '10.9.0.0/24', interfaceName: 'bxt0' }, false);
    expect(removal).toContain(`-D ${leaving}-D ${entering}`);
  });

  it('is found by forwarded packets as long as anything is isolated', () => {
    const isolated = `${FILTER}${chains}-A ${leaving}-A ${entering}`;
    const entry = 'FORWARD -j NETAVARK_ISOLATION_1\n';
    expect(isolationEntry(saved(isolated, NAT))).toBe(`*filter\n-I ${entry}COMMIT\n`);
    expect(isolationEntry(saved(`${isolated}-A ${entry}`, NAT))).toBeUndefined();
    expect(isolationEntry(saved(FILTER + chains, NAT))).toBeUndefined();
  });

  it('is left alone where the rules are not iptables’', () => {
    expect(isolationOf(saved(FILTER, NAT), 'bxt0')).toBeUndefined();
  });
});

describe('chains that a killed teardown left', () => {
  it('go although nothing leads to them any more, and no others do', () => {
    const nat = '*nat\n:NETAVARK-DN-DDA40693A2677 - [0:0]\n:NETAVARK-DN-AAAAAAAAAAAAA - [0:0]\n';
    const trace = { subnet: '10.9.0.0/24', interfaceName: 'bxta211e292ee' };
    expect(removalOf(`${nat}COMMIT\n`, trace, false)).toBe(
      '*nat\n-F NETAVARK-DN-DDA40693A2677\n-X NETAVARK-DN-DDA40693A2677\nCOMMIT\n',
    );
    expect(removalOf(`${nat}COMMIT\n`, { ...trace, interfaceName: 'bxt0' }, false)).toBeUndefined();
  });
});
