/** The files of a build context: a walk of its folder that leaves out what .dockerignore names and follows no symlink. */
import type { Dirent } from 'node:fs';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { fromBytes, toBytes } from '../../layerfs/index.ts';
import { monotonicMs } from '../clock.ts';
import { EngineError } from '../errors.ts';
import type { IgnoreMatcher } from './ignore.ts';

export interface ContextFile {
  /** relative to the context, slashes, no leading one: 'src/a.c' */
  path: string;
  /** absolute, on this machine */
  file: string;
  type: 'file' | 'directory' | 'symlink' | 'fifo' | 'char' | 'block';
  /** permission bits, setuid and sticky included */
  mode: number;
  sizeBytes: number;
  mtimeNs: bigint;
  linkTarget: string;
  /** of a device, '1,3'; absent for all else */
  device?: string;
  uid: number;
  gid: number;
  /** identifies unchanged content together with size and times */
  inode: bigint;
  /** the same for all names of one file; absent when it has one name */
  hardlink?: string;
  ctimeNs: bigint;
  /** extended attributes that are copied; absent for none */
  xattrs?: ReadonlyMap<string, Buffer>;
  /** fetched by ADD: an archive stays packed unless --unpack says otherwise */
  isRemote?: boolean;
}

export interface WalkOptions {
  signal?: AbortSignal;
  /** walk only below this folder; default '' = everything */
  below?: string;
  /** with more entries than this the walk ends early, with one too many */
  atMost?: number;
  /** Called now and then with what was seen so far. */
  onProgress?: (seen: { files: number; bytes: number }) => void;
}

const PROGRESS_EVERY_FILES = 500;
/** Patterns may take their time for a single path. */
const BREATH_MS = 50;

/** Yields control, so that a long walk can be cancelled and shown. */
const breathe = () => new Promise<void>((done) => setImmediate(done));

/**
 * Entries below `root` in path order, directories before what they hold. Sockets are left out: no layer can have them.
 * A directory that is ignored is still walked when exceptions (`!`) could bring something back.
 * Throws NOT_FOUND, PERMISSION_DENIED with the path, CANCELED.
 */
export async function walkContext(
  root: string,
  ignore: IgnoreMatcher,
  options: WalkOptions = {},
): Promise<Map<string, ContextFile>> {
  const files = new Map<string, ContextFile>();
  const seen = { files: 0, bytes: 0 };
  const { atMost = Number.POSITIVE_INFINITY } = options;
  let looked = 0; // ignored ones, too
  let sinceMs = monotonicMs();
  // the first in path order is on top
  const stack = entriesIn(root, options.below ?? '');
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    looked += 1;
    if (looked % PROGRESS_EVERY_FILES === 0 || monotonicMs() - sinceMs > BREATH_MS) {
      sinceMs = monotonicMs();
      options.onProgress?.(seen);
      await breathe();
      if (options.signal?.aborted) throw new EngineError('CANCELED', 'read build context: canceled');
    }
    const { path, entry } = next;
    const isIgnored = ignore.isIgnored(path);
    const file = isIgnored || entry.isSocket() ? undefined : describePath(root, path);
    if (entry.isDirectory() && (!isIgnored || ignore.hasExceptions))
      for (const inner of entriesIn(root, path)) stack.push(inner);
    if (file === undefined) continue;
    files.set(path, file);
    if (files.size > atMost) return files;
    seen.bytes += file.sizeBytes;
    seen.files += 1;
  }
  options.onProgress?.(seen);
  return files;
}

/** What a folder holds, in reverse order. */
function entriesIn(root: string, folder: string): { path: string; entry: Entry }[] {
  const below = folder === '' ? '' : `${folder}/`;
  const entries = readFolder(below === '' ? root : `${root}/${folder}`).sort(byNameReversed);
  return entries.map((entry) => ({ path: below + entry.name, entry }));
}

const byNameReversed = (a: Entry, b: Entry) => (a.name < b.name ? 1 : -1);

/** Path order by component, so that a directory stands right before its content. */
export function comparePaths(a: string, b: string): number {
  const left = a.replaceAll('/', '\0');
  const right = b.replaceAll('/', '\0');
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A path for the file system: names that are no UTF-8 are strings as layerfs's fromBytes makes them. */
export const diskPath = (path: string): string | Buffer => (path.isWellFormed() ? path : toBytes(path));

type Entry = Pick<Dirent, 'name' | 'isDirectory' | 'isSocket'>;

function readFolder(folder: string): Entry[] {
  const path = diskPath(folder);
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    // Node reads a byte that is no UTF-8 as this character; reading all names as bytes takes longer
    if (!entries.some(({ name }) => name.includes('\ufffd'))) return entries;
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
      name: fromBytes(entry.name),
      isDirectory: () => entry.isDirectory(),
      isSocket: () => entry.isSocket(),
    }));
  } catch (cause) {
    throw readError(folder, cause as NodeJS.ErrnoException);
  }
}

/** inode(7): the file type in a mode, its first digit by what it stands for. */
const S_IFMT = 0o170000n;
const TYPES: Readonly<Record<number, ContextFile['type']>> = {
  1: 'fifo',
  2: 'char',
  4: 'directory',
  6: 'block',
  8: 'file',
  10: 'symlink',
};

/** makedev(3): eight bits of the minor number, twelve of the major, the rest of both above. */
const deviceOf = (rdev: bigint): string =>
  `${((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)},${(rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)}`;

/** One entry as it lies there; undefined for sockets. Throws NOT_FOUND, PERMISSION_DENIED. */
export function describePath(root: string, path: string): ContextFile | undefined {
  const full = `${root}/${path}`; // normalizing it takes as long as asking for it
  try {
    const stat = lstatSync(diskPath(full), { bigint: true });
    const type = TYPES[Number((stat.mode & S_IFMT) >> 12n)];
    if (type === undefined) return undefined;
    return {
      path,
      file: full,
      type,
      mode: Number(stat.mode & 0o7777n),
      sizeBytes: type === 'file' ? Number(stat.size) : 0,
      mtimeNs: stat.mtimeNs,
      linkTarget: type === 'symlink' ? fromBytes(readlinkSync(diskPath(full), { encoding: 'buffer' })) : '',
      ...((type === 'char' || type === 'block') && { device: deviceOf(stat.rdev) }),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      inode: stat.ino,
      ...(type === 'file' && stat.nlink > 1n && { hardlink: `${stat.dev}:${stat.ino}` }),
      ctimeNs: stat.ctimeNs,
    };
  } catch (cause) {
    throw readError(full, cause as NodeJS.ErrnoException);
  }
}

function readError(path: string, cause: NodeJS.ErrnoException): EngineError {
  if (cause.code === 'ENOENT')
    return new EngineError('NOT_FOUND', `read build context: ${path} not found`, { cause });
  const code = cause.code === 'EACCES' ? 'PERMISSION_DENIED' : 'INTERNAL';
  return new EngineError(code, `read build context: ${path}: ${cause.message}`, {
    cause,
    hint: 'exclude it in .dockerignore, or make it readable',
  });
}

/** Time stamps count ticks of the kernel's clock (up to 10 ms), or seconds: those of FAT two. */
const TICKS_NS = 25_000_000n;
const SECONDS_NS = 2_500_000_000n;

/** A file changed shortly before `seenNs` may change again within the same time stamp ("racy git"); nanoseconds since 1970. */
export function isSettled({ ctimeNs }: Pick<ContextFile, 'ctimeNs'>, seenNs: bigint): boolean {
  return seenNs - ctimeNs > (ctimeNs % 1_000_000_000n === 0n ? SECONDS_NS : TICKS_NS);
}
