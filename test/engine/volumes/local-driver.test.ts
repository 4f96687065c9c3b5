import { describe, expect, it } from 'vitest';
import { mountArguments, withAddress } from '../../../src/engine/volumes/local-driver.ts';

describe('a volume with driver options', () => {
  it('becomes one mount, with nothing a user gave before the double dash but -t and -o', () => {
    const args = (options: Record<string, string>) => mountArguments('v1', options, '/target').join(' ');
    expect(args({ type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' })).toBe(
      '-i -t tmpfs -o size=1m,uid=7 -- tmpfs /target',
    );
    expect(args({ type: 'nfs', device: ':/share', o: 'addr=192.0.2.1,rw' })).toBe(
      '-i -t nfs -o addr=192.0.2.1,rw -- :/share /target',
    );
    expect(args({ type: 'none', device: '/', o: 'ro' })).toBe('-i -o ro,bind -- / /target');
    expect(() => args({ type: 'none', device: '/no/such', o: 'bind' })).toThrow(
      'failed to mount local volume: mount /no/such:/target',
    );
  });

  it('has the address of a server that was given by name', async () => {
    const lookup = async (name: string) =>
      name === 'nas' ? '192.0.2.9' : Promise.reject(new Error('not found'));
    expect(await withAddress({ o: 'addr=nas,rw' }, lookup)).toEqual({ o: 'addr=192.0.2.9,rw' });
    expect(await withAddress({ o: 'addr=192.0.2.1' }, lookup)).toEqual({ o: 'addr=192.0.2.1' });
    expect(await withAddress({ o: 'addr=fe80::1' }, lookup)).toEqual({ o: 'addr=fe80::1' });
    await expect(withAddress({ o: 'addr=nowhere' }, lookup)).rejects.toThrow(
      'error resolving passed in network volume address: nowhere',
    );
  });
});
