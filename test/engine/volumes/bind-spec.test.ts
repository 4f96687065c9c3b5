import { describe, expect, it } from 'vitest';
import { isValidMode, parseBind, parseVolumesFrom } from '../../../src/engine/volumes/bind-spec.ts';
import { checkMount } from '../../../src/engine/volumes/mount-spec.ts';
import { mountTmpfsOptions, tmpfsOptions } from '../../../src/engine/volumes/tmpfs.ts';

describe('-v values', () => {
  it('tells host folders, named and anonymous volumes apart', () => {
    expect(parseBind('/host:/ctr').mount).toMatchObject({
      Type: 'bind',
      Source: '/host',
      Target: '/ctr',
      ReadOnly: false,
    });
    expect(parseBind('data:/ctr:ro').mount).toMatchObject({
      Type: 'volume',
      Source: 'data',
      Target: '/ctr',
      ReadOnly: true,
    });
    expect(parseBind('/ctr').mount).toMatchObject({ Type: 'volume', Source: '', Target: '/ctr' });
  });

  it('reads modes', () => {
    expect(parseBind('/h:/c:ro,z,rshared')).toMatchObject({
      mode: 'ro,z,rshared',
      mount: { ReadOnly: true, BindOptions: { Propagation: 'rshared' } },
    });
    expect(parseBind('v:/c:nocopy').mount.VolumeOptions).toEqual({ NoCopy: true });
    expect(parseBind('/h:/c/../d/').mount.Target).toBe('/d/');
    for (const mode of ['', 'ro', 'rw,Z', 'cached', 'slave', 'ro,nocopy'])
      expect(isValidMode(mode), mode).toBe(true);
    for (const mode of ['ro,rw', 'z,Z', 'shared,slave', 'ro,', 'x', 'RO'])
      expect(isValidMode(mode), mode).toBe(false);
  });

  it.each([
    [':/x', "invalid volume specification: ':/x'"],
    ['/a:/b:ro:x', "invalid volume specification: '/a:/b:ro:x'"],
    ['/foo:ro', "invalid volume specification: '/foo:ro'"],
    ['/a:', "invalid volume specification: '/a:'"],
    ['/a:/b:q', 'invalid mode: q'],
    [
      'a:b',
      `invalid volume specification: 'a:b': invalid mount config for type "volume": invalid mount path: 'b' mount path must be absolute`,
    ],
    [
      '/a:/',
      `invalid volume specification: '/a:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    ],
    [
      '/a:/..',
      `invalid volume specification: '/a:/..': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    ],
    [
      'v:/c:rshared',
      `invalid volume specification: 'v:/c:rshared': invalid mount config for type "volume": field BindOptions must not be specified`,
    ],
  ])('refuses %s in Docker’s words', (spec, message) => {
    expect(() => parseBind(spec)).toThrow(new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
  });

  it('refuses to cover /proc and /sys, but for harmless places and the host’s own /sys', () => {
    for (const spec of [
      'v:/proc',
      'v:/proc/sys',
      '/x:/proc/self/attr',
      'v:/sys',
      '/x:/sys/fs/cgroup',
      '/x:/a/../proc',
    ]) {
      expect(() => parseBind(spec), spec).toThrow(/must not be inside \/(proc|sys)/);
    }
    for (const spec of [
      '/x:/proc/cpuinfo',
      '/sys:/sys:ro',
      '/sys/fs/cgroup:/sys/fs/cgroup:ro',
      'v:/process',
      'v:/sysroot',
    ]) {
      expect(() => parseBind(spec), spec).not.toThrow();
    }
  });

  it('reads --volumes-from', () => {
    expect(parseVolumesFrom('db')).toEqual({ container: 'db', isReadOnly: false });
    expect(parseVolumesFrom('db:ro')).toEqual({ container: 'db', isReadOnly: true });
    expect(() => parseVolumesFrom('db:xyz')).toThrow('invalid mode: xyz');
    expect(() => parseVolumesFrom('')).toThrow('volumes-from specification cannot be an empty string');
  });
});

describe('--mount objects', () => {
  it.each([
    [{ Type: 'bind', Target: '', Source: '/x' }, 'field Target must not be empty'],
    [{ Type: 'bind', Target: '/x' }, 'field Source must not be empty'],
    [{ Type: 'bind', Target: '/x', Source: 'rel' }, "invalid mount path: 'rel' mount path must be absolute"],
    [
      { Type: 'bind', Target: '/x', Source: '/x', BindOptions: { Propagation: 'up' } },
      'invalid propagation mode: up',
    ],
    [
      { Type: 'bind', Target: '/x', Source: '/x', VolumeOptions: {} },
      'field VolumeOptions must not be specified',
    ],
    [
      { Type: 'volume', Target: '/x', ReadOnly: true },
      'must not set ReadOnly mode when using anonymous volumes',
    ],
    [{ Type: 'tmpfs', Target: '/x', Source: '/y' }, 'field Source must not be specified'],
    [{ Type: 'bind', Target: '/x\n/y', Source: '/y' }, 'paths must not have NUL or line ends'],
  ] as const)('refuses %j', (mount, why) => {
    expect(() => checkMount(mount)).toThrow(`invalid mount config for type "${mount.Type}": ${why}`);
  });
});

describe('tmpfs options', () => {
  it('has Docker’s defaults, and the user’s words undo them', () => {
    expect(tmpfsOptions('')).toEqual(['noexec', 'nosuid', 'nodev']);
    expect(tmpfsOptions('size=64m,exec')).toEqual(['nosuid', 'nodev', 'size=64m', 'exec']);
    expect(
      mountTmpfsOptions({
        Type: 'tmpfs',
        Target: '/t',
        ReadOnly: true,
        TmpfsOptions: { SizeBytes: 1024, Mode: 0o1770 },
      }),
    ).toEqual(['noexec', 'nosuid', 'nodev', 'ro', 'mode=1770', 'size=1024']);
  });

  it('refuses unknown words', () => {
    for (const bad of ['bind', 'size', 'size=', 'x=1', 'lowerdir=/etc'])
      expect(() => tmpfsOptions(bad)).toThrow(`invalid tmpfs option ["${bad}"]`);
  });
});
