/** Unpacks a tar into a container's root, relative to folders held open: no name of the archive is ever a path of the host. */
import { linkSync, lstatSync, mkdirSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { decompress, readTar, type TarEntry } from '../../../layerfs/index.ts';
import { codeOf, EngineError } from '../../errors.ts';
import type { ContainerRoot } from './container-root.ts';
import { isMountPoint, makeEntry, removeAt, setFolder, setTime } from './inside-files.ts';
import { at, type Place } from './inside-walk.ts';

export interface WriteOptions {
  /** the folder, absolute in the container, links resolved */
  path: string;
  /** in place of the owners in the archive */
  owner: { uid: number; gid: number } | undefined;
  noOverwriteDirNonDir: boolean;
  signal: AbortSignal | undefined;
  /** a folder no container can reach, where attributes can be set: for what is made before it is put on its place */
  scratch: string;
  /** into this machine's own files: what a container marked setuid or as a device open to all gives nobody rights here */
  isHost?: boolean;
  /** what stands for the root in messages */
  shownRoot?: string;
}

/** Where an archive is unpacked: a container's root, or a folder of this machine, which has no mounts of its own to think of. */
type Target = Pick<ContainerRoot, 'walk'> & Partial<Pick<ContainerRoot, 'mountPoints' | 'readOnlyReason'>>;

/** One archive on its way into the folder `options.path` of `root`. */
export class ArchiveWriter {
  private readonly root: Target;
  private readonly options: WriteOptions;
  /** the folder of the last entry, kept open: archives go folder by folder */
  private current: { name: string; place: Place } | undefined;
  /** folders get their time when everything is in them */
  private readonly folderTimes: { name: string; mtimeNs: bigint }[] = [];

  constructor(root: Target, options: WriteOptions) {
    this.root = root;
    this.options = options;
  }

  /** Throws INVALID_ARGUMENT (names that lead out), PERMISSION_DENIED (read-only), CONFLICT (noOverwriteDirNonDir), what the tar reader throws. */
  async write(stream: Readable): Promise<void> {
    try {
      for await (const entry of readTar(await decompress(stream))) {
        this.options.signal?.throwIfAborted();
        await this.entry(entry);
      }
      for (const { name, mtimeNs } of this.folderTimes.reverse()) this.setFolderTime(name, mtimeNs);
    } catch (error) {
      throw this.explained(error);
    } finally {
      this.current?.place.close();
    }
  }

  private async entry(entry: TarEntry): Promise<void> {
    const parts = componentsOf(entry.name);
    const name = parts.pop();
    if (name === undefined) return; // the folder itself keeps what it is (Docker, pkg/archive Unpack)
    const folder = this.folder(parts.join('/'));
    if (!folder.isWritable) throw this.readOnly(folder.path);
    const { uid, gid } = this.options.owner ?? entry;
    const rights = this.options.isHost ? hostRights(entry) : {};
    const owned: TarEntry = { ...entry, name, uid, gid, ...rights };
    const { signal, scratch } = this.options;
    const where = `${folder.path === '/' ? '' : folder.path}/${name}`;
    if (this.root.mountPoints?.includes(where)) await this.mounted(where, owned);
    else if (this.makeRoom(folder, owned)) await setFolder(folder.fd, owned, { signal, scratch });
    else if (entry.type === 'hardlink') this.link(entry.linkName, at(folder.fd, name));
    else await makeEntry(folder.fd, owned, { signal, scratch });
    if (entry.type === 'directory') {
      this.folderTimes.push({ name: [...parts, name].join('/'), mtimeNs: entry.mtimeNs });
    }
  }

  /** The open folder `name` below the destination. */
  private folder(name: string): Place {
    if (this.current?.name === name) return this.current.place;
    const place = this.openFolder(name);
    this.current?.place.close();
    this.current = { name, place };
    return place;
  }

  /** Links of the container on the way are resolved in its root. Missing folders are made as Docker makes them, owned by root. */
  private openFolder(name: string): Place {
    const path = `${this.options.path}/${name}/`;
    try {
      return this.root.walk(path, true);
    } catch (error) {
      if (codeOf(error) !== 'NOT_FOUND' || name === '') throw error;
    }
    const slash = name.lastIndexOf('/');
    const above = this.openFolder(slash === -1 ? '' : name.slice(0, slash));
    try {
      if (!above.isWritable) throw this.readOnly(above.path);
      mkdirSync(at(above.fd, name.slice(slash + 1)), { mode: 0o755 });
    } finally {
      above.close();
    }
    return this.root.walk(path, true);
  }

  /** Removes what is in the way; true when the entry is a folder and one is there already. */
  private makeRoom(folder: Place, entry: TarEntry): boolean {
    const found = lstatSync(at(folder.fd, entry.name), { throwIfNoEntry: false });
    if (found === undefined) return false;
    const isFolder = entry.type === 'directory';
    const where = `${folder.path === '/' ? '' : folder.path}/${entry.name}`;
    if (this.options.noOverwriteDirNonDir && found.isDirectory() !== isFolder) {
      const [kept, given] = isFolder ? ['non-directory', 'directory'] : ['directory', 'non-directory'];
      throw new EngineError(
        'CONFLICT',
        `cannot overwrite ${kept} "${this.shown(where)}" with ${given} "${this.shown(this.options.path)}"`,
      );
    }
    if (found.isDirectory() && isFolder) return true;
    // the kernel would take another namespace's mount away without a word
    if (isMountPoint(folder.fd, entry.name)) throw busy(where);
    removeAt(folder.fd, entry.name);
    return false;
  }

  /** What is mounted takes a folder's owner and mode, and gives way to nothing. */
  private async mounted(where: string, entry: TarEntry): Promise<void> {
    if (entry.type !== 'directory') throw busy(where);
    const place = this.root.walk(`${where}/`, true);
    try {
      if (!place.isWritable) throw this.readOnly(where);
      const { signal, scratch } = this.options;
      await setFolder(place.fd, { ...entry, name: '.' }, { signal, scratch });
    } finally {
      place.close();
    }
  }

  private shown(path: string): string {
    return `${this.options.shownRoot ?? ''}${path}` || '/';
  }

  /** A hard link's target is resolved in the destination, its last component not followed (CVE-2026-17106). */
  private link(linkName: string, path: string | Buffer): void {
    const target = this.root.walk(`${this.options.path}/${componentsOf(linkName).join('/')}`, false);
    try {
      linkSync(at(target.fd, target.name), path);
    } finally {
      target.close();
    }
  }

  private setFolderTime(name: string, mtimeNs: bigint): void {
    const place = this.root.walk(`${this.options.path}/${name}/`, true);
    try {
      setTime(place.fd, mtimeNs);
    } finally {
      place.close();
    }
  }

  private readOnly(path: string): EngineError {
    const reason = this.root.readOnlyReason?.(path);
    return reason === undefined
      ? new EngineError('PERMISSION_DENIED', `copying into ${this.shown(path)}: read-only file system`)
      : new EngineError('PERMISSION_DENIED', reason, { hint: `${path} can only be read` });
  }

  /** The kernel's refusals in Docker's words. */
  private explained(error: unknown): unknown {
    if (codeOf(error) === 'EROFS') return this.readOnly(this.current?.place.path ?? this.options.path);
    const copying = `copying into ${this.shown(this.options.path)}`;
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT')
      return new EngineError('RESOURCE_EXHAUSTED', `${copying}: no space left on device`, { cause: error });
    if (!(error instanceof Error) || error instanceof EngineError || !('syscall' in error)) return error;
    // 'EEXIST: file already exists, mkdir '/proc/self/fd/27/x'': the path is ours and tells nothing.
    const reason = error.message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*)?$/s, '');
    return new EngineError('FAILED_PRECONDITION', `${copying}: ${reason}`, { cause: error });
  }
}

/**
 * As coreutils' cp without -p: no setuid, no setgid, no file capabilities. A device is its owner's alone: /dev/mem with mode 0666 would
 * be everybody's.
 */
function hostRights({ type, mode, xattrs }: TarEntry): Pick<TarEntry, 'mode' | 'xattrs'> {
  return {
    mode: type === 'char' || type === 'block' ? mode & 0o700 : mode & 0o1777,
    xattrs: new Map([...xattrs].filter(([name]) => name.startsWith('user.'))),
  };
}

/** PATH_MAX: no file of a container has a longer name, and each folder on the way costs system calls. */
const NAME_LIMIT_BYTES = 4096;

function componentsOf(name: string): string[] {
  if (Buffer.byteLength(name) > NAME_LIMIT_BYTES)
    throw new EngineError('INVALID_ARGUMENT', 'invalid archive: a name is longer than a path may be');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..')) return parts;
  throw new EngineError('INVALID_ARGUMENT', `invalid archive: ${JSON.stringify(name)} leads out of it`);
}

function busy(path: string): EngineError {
  return new EngineError('FAILED_PRECONDITION', `unlinkat ${path}: device or resource busy`, {
    hint: 'something is mounted there: write to it from inside the container, or to what is mounted',
  });
}
