import { describe, expect, it } from 'vitest';
import {
  allocateAddress,
  choosePool,
  DEFAULT_POOLS,
  firstAddress,
  macOf,
} from '../../../src/engine/networks/ipam.ts';
import { formatIpv4, overlaps, parseIpv4, parseSubnet } from '../../../src/engine/networks/ipv4.ts';

describe('IPv4 numbers', () => {
  it('reads and writes addresses', () => {
    for (const text of ['0.0.0.0', '172.17.0.1', '255.255.255.255', '192.168.240.9'])
      expect(formatIpv4(parseIpv4(text)!)).toBe(text);
  });

  it('refuses what is no address', () => {
    for (const text of ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.04', '1.2.3.x', '::1', ' 1.2.3.4'])
      expect(parseIpv4(text)).toBeUndefined();
  });

  it('refuses what is no subnet, in Docker words', () => {
    for (const text of ['1.2.3.4', '1.2.3.4/33', 'x/8', '1.2.3.4/8/9', '1.2.3.4/'])
      expect(() => parseSubnet(text)).toThrow(`invalid CIDR address: ${text}`);
  });

  it('sees overlaps in both directions', () => {
    const overlap = (a: string, b: string) => [
      overlaps(parseSubnet(a), parseSubnet(b)),
      overlaps(parseSubnet(b), parseSubnet(a)),
    ];
    expect(overlap('172.17.0.0/16', '172.17.200.0/24')).toEqual([true, true]);
    expect(overlap('172.16.0.0/12', '172.31.0.0/16')).toEqual([true, true]);
    expect(overlap('172.17.0.0/16', '172.18.0.0/16')).toEqual([false, false]);
    expect(overlap('192.168.16.0/20', '192.168.32.0/20')).toEqual([false, false]);
  });
});

describe('choosing a subnet', () => {
  it('takes the first of Docker’s pools on an empty machine', () => {
    expect(DEFAULT_POOLS).toHaveLength(31);
    expect(choosePool([])).toBe('172.17.0.0/16');
  });

  it('avoids what the host routes and goes on with the 192.168 pools', () => {
    expect(choosePool(['172.17.0.0/16', '172.18.3.0/24'])).toBe('172.19.0.0/16');
    expect(choosePool(['172.16.0.0/12'])).toBe('192.168.0.0/20');
  });

  it('begins where it is told and wraps around', () => {
    expect(choosePool([], 30)).toBe('192.168.240.0/20');
    expect(choosePool(['192.168.240.0/20'], 30)).toBe('172.17.0.0/16');
  });

  it('says so when every pool is taken', () => {
    expect(() => choosePool(['0.0.0.0/0'])).toThrow(
      'could not find an available, non-overlapping IPv4 address pool',
    );
  });
});

describe('choosing an address', () => {
  const base = { subnet: '172.17.0.0/16', gateway: '172.17.0.1', taken: new Set<string>() };

  it('takes the lowest free one after the gateway', () => {
    expect(firstAddress('172.17.0.0/16')).toBe('172.17.0.1');
    expect(allocateAddress(base)).toBe('172.17.0.2');
    expect(allocateAddress({ ...base, taken: new Set(['172.17.0.2', '172.17.0.4']) })).toBe('172.17.0.3');
  });

  it('keeps to the range', () => {
    expect(allocateAddress({ ...base, range: '172.17.5.0/24' })).toBe('172.17.5.0');
    expect(
      allocateAddress({ ...base, subnet: '10.0.0.0/24', gateway: '10.0.0.129', range: '10.0.0.128/25' }),
    ).toBe('10.0.0.128');
  });

  it('never gives network, broadcast or gateway address, and ends with an error', () => {
    const small = { subnet: '10.0.0.0/30', gateway: '10.0.0.1' };
    expect(allocateAddress({ ...small, taken: new Set() })).toBe('10.0.0.2');
    expect(() => allocateAddress({ ...small, taken: new Set(['10.0.0.2']) })).toThrow(
      'no available IPv4 addresses',
    );
  });

  it('gives the wanted address or says why not', () => {
    expect(allocateAddress({ ...base, wanted: '172.17.9.9' })).toBe('172.17.9.9');
    expect(() => allocateAddress({ ...base, wanted: '10.0.0.1' })).toThrow(/does not belong/i);
    expect(() => allocateAddress({ ...base, wanted: '172.17.0.1' })).toThrow('Address already in use');
    expect(() => allocateAddress({ ...base, taken: new Set(['172.17.0.7']), wanted: '172.17.0.7' })).toThrow(
      'Address already in use',
    );
  });

  it('makes Docker’s MAC from it', () => {
    expect(macOf('172.17.0.2')).toBe('02:42:ac:11:00:02');
  });
});
