/** Compiled code is loaded without being read: only from where nobody else can have put it. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../src/ui/cache-folder.ts';

const uid = process.getuid!();
const gid = process.getgid!();
const OTHER = 65_534;
let base: string;

/** Neither /tmp, which is open to everybody, nor what HOME says in a strange environment. */
const CLOSED = uid === 0 ? '/var/lib' : userInfo().homedir;

beforeEach(() => {
  base = mkdtempSync(join(CLOSED, '.boxtop-test-'));
});
afterEach(() => rmSync(base, { recursive: true }));

const isTaken = (home: string) =>
  cacheFolder({ home, cacheHome: undefined, uid, gid, fallback: undefined }) !== undefined;

describe.skipIf(!existsSync(CLOSED))('the folder for compiled code', () => {
  it('is made closed to others, below the home folder', () => {
    expect(isTaken(base)).toBe(true);
    expect(statSync(join(base, '.cache/boxtop')).mode & 0o777).toBe(0o700);
  });

  it('is told by its real path: a symlink on the way may lead elsewhere later', () => {
    mkdirSync(join(base, 'real'));
    symlinkSync('real', join(base, 'link'));
    const given = { home: join(base, 'link'), cacheHome: undefined, uid, gid, fallback: undefined };
    expect(cacheFolder(given)).toBe(join(realpathSync(base), 'real/.cache/boxtop'));
  });

  it('is none of the working directory’s: an empty HOME has none, a relative XDG_CACHE_HOME counts for nothing', () => {
    const nowhere = { home: '', cacheHome: undefined, uid, gid, fallback: undefined };
    expect(cacheFolder(nowhere)).toBeUndefined();
    expect(cacheFolder({ ...nowhere, home: base, cacheHome: 'cache' })).toBe(
      join(realpathSync(base), '.cache/boxtop'),
    );
  });

  it('is not one that everybody can write to', () => {
    mkdirSync(join(base, '.cache/boxtop'), { recursive: true });
    chmodSync(join(base, '.cache/boxtop'), 0o777);
    expect(isTaken(base)).toBe(false);
  });

  it('is not below one that everybody can write to, as /tmp', () => {
    chmodSync(base, 0o1777);
    expect(isTaken(base)).toBe(false);
    expect(existsSync(join(base, '.cache'))).toBe(false);
  });

  it.skipIf(uid !== 0)("is not in another user's home, which sudo may have left in HOME", () => {
    chownSync(base, OTHER, OTHER);
    const fallback = mkdtempSync(join(CLOSED, '.boxtop-test-'));
    const given = { home: base, cacheHome: undefined, uid, gid, fallback };
    expect(cacheFolder(given)).toBe(fallback);
    rmSync(fallback, { recursive: true });
    expect(existsSync(join(base, '.cache'))).toBe(false);
  });

  it.skipIf(uid !== 0)('is not one that another user made before', () => {
    mkdirSync(join(base, '.cache/boxtop'), { recursive: true });
    chownSync(join(base, '.cache/boxtop'), OTHER, OTHER);
    expect(isTaken(base)).toBe(false);
  });

  it('is not reached through a link into a folder that others can write to', () => {
    mkdirSync(join(base, 'open'));
    chmodSync(join(base, 'open'), 0o777);
    mkdirSync(join(base, 'home'));
    symlinkSync(join(base, 'open'), join(base, 'home/.cache'));
    expect(isTaken(join(base, 'home'))).toBe(false);
  });
});
