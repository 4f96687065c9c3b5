/** Mounts whose destination is a symlink of the image or of a volume: never over /proc, /sys or the root. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTargets, type Target } from '../../src/engine/volumes/check-targets.ts';

let folder: string;
let root: string;
let volume: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  root = join(folder, 'root');
  volume = join(folder, 'volume');
  for (const path of ['root/proc', 'root/sys/kernel', 'root/data', 'root/run', 'volume']) {
    mkdirSync(join(folder, path), { recursive: true });
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (path: string, Source = volume): Target => ({ Type: 'volume', Target: path, Source });
const check = (...targets: Target[]) => checkTargets(root, targets);
const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });

describe('a mount is refused when its destination', () => {
  it.each([
    ['is a link to /proc', '/proc', '/evil'],
    ['is a link to a part of it that exists only in the container', '/proc/self/attr', '/evil'],
    ['lies below a link to /proc', '/proc', '/evil/sys'],
    ['is a link with .. to /proc', 'data/../../../proc', '/evil'],
    ['is a link to /sys', 'sys', '/evil/kernel'],
    ['is a link to the root', '/', '/evil'],
    ['is a link back to the root', 'data/..', '/evil'],
  ])('%s', (_, link, destination) => {
    symlinkSync(link, join(root, 'evil'));
    expect(() => check(at(destination))).toThrow(refused);
    expect(() => check({ ...at(destination, ''), Type: 'tmpfs' })).toThrow(refused);
  });

  it('goes through several links, the last one to /proc', () => {
    symlinkSync('/b', join(root, 'a'));
    symlinkSync('data/c', join(root, 'b'));
    symlinkSync('/proc/sys', join(root, 'data/c'));
    expect(() => check(at('/a/kernel'))).toThrow(refused);
  });

  it('is a link that another container has put into a shared volume', () => {
    symlinkSync('/proc', join(volume, 'evil'));
    expect(() => check(at('/data'), at('/data/evil', folder))).toThrow(refused);
  });

  it('is a link of the image that will be copied into the empty volume above it', () => {
    symlinkSync('/proc', join(root, 'data/evil'));
    expect(() => check(at('/data'), at('/data/evil', folder))).toThrow(refused);
  });

  it('is a circle of links', () => {
    symlinkSync('b', join(root, 'a'));
    symlinkSync('a', join(root, 'b'));
    expect(() => check(at('/a'))).toThrow(refused);
  });
});

describe('a mount is allowed when its destination', () => {
  it('is a link elsewhere in the image, or missing, or a file', () => {
    symlinkSync('/run', join(root, 'var'));
    writeFileSync(join(root, 'file'), '');
    check(at('/var'), at('/var/lock'), at('/missing/deep'), at('/file'), at('/file/x'));
  });

  it("is hidden by a volume whose own entry is no link, whatever the image's is", () => {
    symlinkSync('/proc', join(root, 'data/x'));
    mkdirSync(join(volume, 'x'));
    check(at('/data'), at('/data/x', folder));
  });

  it('is a file of /proc that may be covered, or the own /sys of the host', () => {
    check({ Type: 'bind', Target: '/proc/cpuinfo', Source: '/etc/hostname' });
    check({ Type: 'bind', Target: '/sys/fs/cgroup', Source: '/sys/fs/cgroup' });
  });
});
