/** What one member of a tar archive is. */

export type TarEntryType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo';

/** A run of data in a sparse file; what lies between runs is holes. */
export interface SparseRun {
  offset: number;
  length: number;
}

/** The metadata of a member. Strings keep the archive's bytes, see text.ts. */
export interface TarHeader {
  /** as the archive says: may begin with '/', './' or hold '..' */
  name: string;
  type: TarEntryType;
  /** target of a symlink or hard link, else '' */
  linkName: string;
  /** permission bits with setuid, setgid and sticky (0o7777) */
  mode: number;
  uid: number;
  gid: number;
  /** '' when the archive has none; no meaning on another host */
  userName: string;
  groupName: string;
  /** size of the file when unpacked, holes included; 0 for everything but files */
  sizeBytes: number;
  /** nanoseconds since 1970; tar has whole seconds, PAX fractions */
  mtimeNs: bigint;
  devMajor: number;
  devMinor: number;
  /** extended attributes by full name ('security.capability') */
  xattrs: ReadonlyMap<string, Buffer>;
  /** the runs with data of a sparse file, in order; undefined when the file is stored whole */
  sparse: readonly SparseRun[] | undefined;
}

/** A member while the archive is being read. Both iterables are for one use, before the next member is asked for. */
export interface TarEntry extends TarHeader {
  /** the stored bytes: of a sparse file the runs only */
  packed: AsyncIterable<Buffer>;
  /** the file's whole content, holes as zeros */
  content: AsyncIterable<Buffer>;
}

/** A header with every field at its default, for `{ ...emptyHeader, name, … }`. */
export const emptyHeader: Readonly<TarHeader> = {
  name: '',
  type: 'file',
  linkName: '',
  mode: 0o644,
  uid: 0,
  gid: 0,
  userName: '',
  groupName: '',
  sizeBytes: 0,
  mtimeNs: 0n,
  devMajor: 0,
  devMinor: 0,
  xattrs: new Map(),
  sparse: undefined,
};

export const BLOCK_BYTES = 512;

/** The two zero blocks that end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

/** Zero bytes that fill up the last block of `size` bytes of data. */
export function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
