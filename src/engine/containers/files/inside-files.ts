/** Makes and removes one name in a folder held open. The name is never followed when it is a link. */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyHeader, extractMember, fromBytes, type TarEntry, toBytes } from '../../../layerfs/index.ts';
import { runCommand } from '../../command.ts';
import { codeOf, EngineError } from '../../errors.ts';
import { randomHex } from '../../random.ts';
import { at } from './inside-walk.ts';

const O_PATH = 0o10000000;
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** How long work may go on, and a folder nobody else can reach. */
export interface MakeOptions {
  signal: AbortSignal | undefined;
  scratch: string;
}

/** Makes the object of a tar entry (no hard link) under `entry.name`, a single component that nothing has. */
export async function makeEntry(fd: number, entry: TarEntry, options: MakeOptions): Promise<void> {
  const path = at(fd, entry.name);
  if (entry.type === 'directory') {
    mkdirSync(path, { mode: 0o700 });
    await setFolder(fd, entry, options);
  } else if (entry.type === 'symlink') {
    symlinkSync(toBytes(entry.linkName), path);
    lchownSync(path, entry.uid, entry.gid);
    lutimesSync(path, secondsOf(entry.mtimeNs), secondsOf(entry.mtimeNs));
  } else if (entry.type === 'file') {
    await makeFile(path, entry, options);
  } else {
    await makeSpecial(fd, entry, options);
  }
}

async function makeFile(path: string | Buffer, entry: TarEntry, options: MakeOptions): Promise<void> {
  const file = await open(path, NEW_FILE, 0o600);
  try {
    for await (const bytes of entry.content) {
      for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
    }
    // The owner first: chown(2) drops the setuid bit, and file capabilities.
    await file.chown(entry.uid, entry.gid);
    await file.chmod(entry.mode & 0o7777);
    await setAttributes(file.fd, entry, options);
    await file.utimes(secondsOf(entry.mtimeNs), secondsOf(entry.mtimeNs));
  } finally {
    await file.close();
  }
}

/**
 * A pipe or a device; Node can't make one. Made under a name of ours and held by a descriptor, so that what a container puts in its
 * place meanwhile gets nothing of it. Their attributes are dropped: only labels of security modules could be there.
 */
async function makeSpecial(fd: number, entry: TarEntry, { signal }: MakeOptions): Promise<void> {
  const aside = `.boxtop-${randomHex(8)}`;
  const kind = { fifo: ['p'], char: ['c'], block: ['b'] }[entry.type as 'fifo' | 'char' | 'block'];
  const numbers = entry.type === 'fifo' ? [] : [String(entry.devMajor), String(entry.devMinor)];
  await runCommand('mknod', ['-m', '600', `/proc/${process.pid}/fd/${fd}/${aside}`, ...kind, ...numbers], {
    signal,
  });
  const made = openSync(at(fd, aside), O_PATH | constants.O_NOFOLLOW);
  try {
    const stat = fstatSync(made);
    const isOurs = entry.type === 'fifo' ? stat.isFIFO() : stat.isCharacterDevice() || stat.isBlockDevice();
    if (!isOurs)
      throw new EngineError('FAILED_PRECONDITION', `${entry.name} was exchanged while it was being made`);
    const itself = `/proc/self/fd/${made}`; // an O_PATH descriptor takes no fchmod(2)
    chownSync(itself, entry.uid, entry.gid);
    chmodSync(itself, entry.mode & 0o7777);
    utimesSync(itself, secondsOf(entry.mtimeNs), secondsOf(entry.mtimeNs));
    renameSync(at(fd, aside), at(fd, entry.name));
  } finally {
    closeSync(made);
  }
}

/** Gives the folder `entry.name` its owner, mode and attributes. */
export async function setFolder(fd: number, entry: TarEntry, options: MakeOptions): Promise<void> {
  const folder = openSync(at(fd, entry.name), FOLDER);
  try {
    fchownSync(folder, entry.uid, entry.gid);
    fchmodSync(folder, entry.mode & 0o7777);
    await setAttributes(folder, entry, options);
  } finally {
    closeSync(folder);
  }
}

/**
 * Extended attributes onto an open file or folder. Node can't set them, and programs do it by name: they are made on an object in the
 * scratch folder and copied to the open descriptor, which no exchange of names reaches.
 */
async function setAttributes(fd: number, entry: TarEntry, { signal, scratch }: MakeOptions): Promise<void> {
  if (entry.xattrs.size === 0) return;
  const isFolder = entry.type === 'directory';
  const folder = mkdtempSync(join(scratch, 'attributes-'));
  try {
    const empty = { ...emptyHeader, name: 'from', type: entry.type, mode: 0o700, xattrs: entry.xattrs };
    await extractMember(folder, { ...empty, packed: nothing(), content: nothing() }, signal);
    const [from, to] = isFolder ? ['from/.', '/.'] : ['from', ''];
    const args = ['--attributes-only', '--preserve=xattr', ...(isFolder ? ['-r'] : [])];
    await runCommand('cp', [...args, from, `/proc/${process.pid}/fd/${fd}${to}`], { cwd: folder, signal });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function* nothing(): AsyncGenerator<Buffer, void, void> {}

/** Whether something is mounted on a name. The kernel lets it be unlinked in a namespace where it is not, and the mount with it. */
export function isMountPoint(fd: number, name: string): boolean {
  const inside = openSync(at(fd, name), O_PATH | constants.O_NOFOLLOW);
  try {
    return mountId(inside) !== mountId(fd);
  } finally {
    closeSync(inside);
  }
}

const mountId = (fd: number): string | undefined =>
  /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];

/** Sets the time of an open folder. */
export function setTime(fd: number, mtimeNs: bigint): void {
  futimesSync(fd, secondsOf(mtimeNs), secondsOf(mtimeNs));
}

/** Removes a file, a link (not what it points at) or a folder with all that is in it. */
export function removeAt(fd: number, name: string): void {
  const path = at(fd, name);
  if (!lstatSync(path).isDirectory()) {
    unlinkSync(path);
    return;
  }
  const folder = openSync(path, FOLDER);
  try {
    for (const child of readdirSync(at(folder, '.'), { encoding: 'buffer' }))
      removeChild(folder, fromBytes(child));
  } finally {
    closeSync(folder);
  }
  rmdirSync(path);
}

/** The container may remove things meanwhile, too. */
function removeChild(fd: number, name: string): void {
  try {
    removeAt(fd, name);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

const secondsOf = (ns: bigint): number => Number(ns) / 1e9;
