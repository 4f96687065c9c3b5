/** Where compiled code may be kept: what lies there is run without being read, so nobody else may write on the way to it. */
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
/** Root's own, taken when its home is another's: `sudo` may keep the caller's HOME. */
export const ROOT_CACHE = '/var/cache/boxtop';

export interface Caller {
  home: string;
  /** XDG_CACHE_HOME */
  cacheHome: string | undefined;
  uid: number;
  gid: number;
  /** taken when that is not closed to others */
  fallback: string | undefined;
}

/**
 * The real path of a folder, made when it is missing, that only the caller and root can change; undefined when there is none. A name
 * with symlinks could lead elsewhere a moment later, a relative one with every working directory.
 */
export function cacheFolder(caller: Caller): string | undefined {
  const { home, cacheHome, fallback } = caller;
  // basedir-spec: a relative XDG_CACHE_HOME is ignored
  const parent = cacheHome !== undefined && isAbsolute(cacheHome) ? cacheHome : join(home, '.cache');
  for (const folder of [join(parent, 'boxtop'), fallback]) {
    const real = folder !== undefined && isAbsolute(folder) ? closedFolder(folder, caller) : undefined;
    if (real !== undefined) return real;
  }
  return undefined;
}

function closedFolder(folder: string, caller: Caller): string | undefined {
  try {
    // looked at once when it is there, as it nearly always is
    if (!existsSync(folder)) {
      if (!isClosed(existingPart(folder), caller)) return undefined;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    const real = realpathSync.native(folder);
    return isClosed(real, caller) ? real : undefined;
  } catch {
    return undefined; // a cache is only for speed
  }
}

function existingPart(folder: string): string {
  for (let path = folder; ; path = dirname(path)) {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync.native(path);
  }
}

/** Neither the folder nor one above it belongs to or can be written by somebody else. */
function isClosed(folder: string, { uid, gid }: Caller): boolean {
  for (let path = folder; ; path = dirname(path)) {
    const stat = statSync(path);
    // a user's private group (umask 002) is the user; root has none
    const isOpen =
      (stat.mode & OTHERS_WRITE) !== 0 ||
      ((stat.mode & GROUP_WRITES) !== 0 && stat.gid !== 0 && (uid === 0 || stat.gid !== gid));
    if (isOpen || (stat.uid !== uid && stat.uid !== 0)) return false;
    if (path === '/') return true;
  }
}
