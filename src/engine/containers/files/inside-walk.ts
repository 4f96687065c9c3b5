/**
 * Finds a path inside a container's root and pins the folder it lies in.
 *
 * Nothing is checked by path and used later: each component is opened relative to the folder opened before it
 * (/proc/self/fd/N/name is Node's openat) and never followed; links are read and resolved by us, counted from the container's root.
 * A container that exchanges folders for links meanwhile gets what it had, or an error, never the host (CVE-2018-15664).
 */
import { closeSync, constants, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs';
import { fromBytes, toBytes } from '../../../layerfs/index.ts';
import { codeOf, EngineError } from '../../errors.ts';

/** The kernel's own limit (path_resolution(7)). */
const LINK_LIMIT = 40;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Something mounted in the container that the root at hand does not show. */
export interface InsideMount {
  /** absolute and without links, inside the container */
  destination: string;
  /** on the host */
  source: string;
  isWritable: boolean;
}

/** A folder held open, and where the walk to it led. */
interface Level {
  fd: number;
  name: string;
  isWritable: boolean;
}

/** A place in the root: an open folder and a name in it. `name` '.' is the folder itself. */
export interface Place {
  /** descriptor of the folder; valid until `close` */
  fd: number;
  name: string;
  /** absolute inside the container, links resolved */
  path: string;
  /** undefined when nothing has that name */
  stat: Stats | undefined;
  /** false below a read-only mount */
  isWritable: boolean;
  close(): void;
}

export interface WalkOptions {
  /** by destination */
  mounts: ReadonlyMap<string, InsideMount>;
  /** follow the last component when it is a link; one that ends with '/' or '/.' is always followed */
  followLast: boolean;
  isRootWritable: boolean;
}

/** Path for a file system call on `name` in the open folder `fd`. Names that are no UTF-8 are strings as layerfs's fromBytes makes them. */
export function at(fd: number, name: string): string | Buffer {
  const path = `/proc/self/fd/${fd}/${name}`;
  return name.isWellFormed() ? path : toBytes(path);
}

/**
 * Resolves `path` in the folder `root`. Only its last component may be missing.
 * Throws NOT_FOUND (a folder on the way is missing), INVALID_ARGUMENT (one is a file, too many links, a NUL). The caller closes the place.
 */
export function walkInside(root: string, path: string, options: WalkOptions): Place {
  if (path.includes('\0'))
    throw new EngineError('INVALID_ARGUMENT', 'invalid path: it holds a NUL character');
  const walk = new Walk(root, options);
  try {
    return walk.to(path);
  } catch (error) {
    walk.close();
    const code = codeOf(error);
    if (code === 'ENOTDIR' || code === 'ELOOP') {
      throw new EngineError('INVALID_ARGUMENT', `${path}: not a directory`, { cause: error });
    }
    if (code !== 'ENOENT') throw error;
    throw new EngineError('NOT_FOUND', `${path}: no such file or directory`, { cause: error });
  }
}

class Walk {
  private readonly levels: Level[];
  private readonly options: WalkOptions;
  private links = 0;

  constructor(root: string, options: WalkOptions) {
    this.options = options;
    this.levels = [{ fd: openSync(root, DIRECTORY), name: '', isWritable: options.isRootWritable }];
  }

  to(path: string): Place {
    const mustBeFolder = /(?:^|\/)\.{0,2}$/.test(path);
    const pending = components(path);
    while (pending.length > 0) {
      const name = pending.shift()!;
      if (name === '..') {
        this.up();
        continue;
      }
      const isLast = pending.length === 0;
      const target = this.linkTarget(name);
      if (target !== undefined && (!isLast || this.options.followLast || mustBeFolder)) {
        this.follow(target, pending, path);
        continue;
      }
      if (isLast && !mustBeFolder) return this.place(name);
      this.down(name);
    }
    return this.place('.');
  }

  close(): void {
    for (const level of this.levels.splice(0)) closeSync(level.fd);
  }

  private get top(): Level {
    return this.levels.at(-1)!;
  }

  private pathTo(name: string): string {
    return [...this.levels.map((level) => level.name), name].join('/');
  }

  private up(): void {
    if (this.levels.length > 1) closeSync(this.levels.pop()!.fd);
  }

  private down(name: string): void {
    const mount = this.options.mounts.get(this.pathTo(name));
    const fd = openSync(
      mount?.source ?? at(this.top.fd, name),
      mount ? DIRECTORY & ~constants.O_NOFOLLOW : DIRECTORY,
    );
    this.levels.push({ fd, name, isWritable: mount?.isWritable ?? this.top.isWritable });
  }

  private linkTarget(name: string): string | undefined {
    if (this.options.mounts.has(this.pathTo(name))) return undefined;
    try {
      return fromBytes(readlinkSync(at(this.top.fd, name), { encoding: 'buffer' }));
    } catch (error) {
      if (codeOf(error) === 'EINVAL' || codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  private follow(target: string, pending: string[], path: string): void {
    this.links += 1;
    if (this.links > LINK_LIMIT)
      throw new EngineError('INVALID_ARGUMENT', `${path}: too many levels of symbolic links`);
    if (target.startsWith('/')) while (this.levels.length > 1) this.up();
    pending.unshift(...components(target));
    if (pending.length === 0) pending.push('.'); // a link to the root itself
  }

  /** The name in the folder on top, entering it when it is a folder, so that it can't be exchanged any more. */
  private place(name: string): Place {
    const mount = this.options.mounts.get(this.pathTo(name));
    if (name !== '.') {
      try {
        this.down(name);
        return this.describe('.', lstatSync(at(this.top.fd, '.')));
      } catch (error) {
        const code = codeOf(error);
        if (code === 'ENOENT') return this.describe(name, undefined);
        if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
      }
      if (mount !== undefined) return this.mountedFile(name, mount);
    }
    return this.describe(name, lstatSync(at(this.top.fd, name), { throwIfNoEntry: false }));
  }

  /** A file of the host mounted over a file: the place is in the host's folder. */
  private mountedFile(name: string, mount: InsideMount): Place {
    const slash = mount.source.lastIndexOf('/');
    const fd = openSync(mount.source.slice(0, slash) || '/', DIRECTORY & ~constants.O_NOFOLLOW);
    this.levels.push({ fd, name: '', isWritable: mount.isWritable });
    const base = mount.source.slice(slash + 1);
    const place = this.describe(base, lstatSync(at(fd, base), { throwIfNoEntry: false }));
    const folder = this.levels.slice(0, -1).map((level) => level.name);
    return { ...place, path: [...folder, name].join('/') };
  }

  private describe(name: string, stat: Stats | undefined): Place {
    const path = (name === '.' ? this.levels.map((level) => level.name).join('/') : this.pathTo(name)) || '/';
    const { fd, isWritable } = this.top;
    return { fd, name, path, stat, isWritable, close: () => this.close() };
  }
}

const components = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');
