/** Reads a tar archive as a stream of entries. */
import { ByteReader } from './byte-reader.ts';
import {
  BLOCK_BYTES,
  paddingOf,
  type SparseRun,
  type TarEntry,
  type TarEntryType,
  type TarHeader,
} from './entry.ts';
import { type HeaderBlock, invalidTar, parseHeaderBlock, parseNumber } from './header-block.ts';
import {
  type PaxRecord,
  parsePaxNumber,
  parsePaxRecords,
  parsePaxTime,
  SPECIAL_MEMBER_LIMIT_BYTES,
} from './pax.ts';
import { checkRuns, readLeadingRuns, readOldGnuRuns, runsOfRecords } from './sparse.ts';
import { fromBytes } from './text.ts';

const TYPES: Readonly<Record<string, TarEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** What stood before a member: PAX records and GNU long names. */
interface Pending {
  records: PaxRecord[];
  longName: string | undefined;
  longLink: string | undefined;
}

interface Stored {
  bytes: number;
  runs: readonly SparseRun[] | undefined;
}

/**
 * The members of an uncompressed archive, in its order. Content that is not read is skipped. Ends at the archive's end mark;
 * what follows it stays unread in `source`. Global PAX headers and volume labels are skipped (as Go's and Docker's readers do).
 * Throws DATA_LOSS for what is no tar or ends early.
 */
export async function* readTarMembers(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry, void, void> {
  const reader = new ByteReader(source);
  for (let pending = nothing(); ; ) {
    const raw = await nextBlock(reader);
    if (raw === undefined) return;
    const block = parseHeaderBlock(raw);
    if (block.sizeBytes < 0) throw invalidTar('invalid tar header: negative size');
    if (await readSpecial(block, reader, pending)) continue;
    const { header, stored } = await describe(raw, block, pending, reader);
    pending = nothing();
    const body = new Body(reader, stored.bytes);
    yield { ...header, packed: body, content: header.sparse === undefined ? body : expand(body, header) };
    await body.skipRest();
  }
}

/** The next header block; undefined at the end mark or the stream's end. */
async function nextBlock(reader: ByteReader): Promise<Buffer | undefined> {
  const block = await reader.exactly(BLOCK_BYTES);
  if (block === undefined || !isZero(block)) return block;
  const second = await reader.exactly(BLOCK_BYTES);
  if (second !== undefined && !isZero(second)) throw invalidTar('invalid tar header: a lone zero block');
  return undefined;
}

const ZERO_BLOCK = Buffer.alloc(BLOCK_BYTES);

function isZero(block: Buffer): boolean {
  return block.equals(ZERO_BLOCK);
}

function nothing(): Pending {
  return { records: [], longName: undefined, longLink: undefined };
}

/** Members that only describe the next one, or nothing at all. False for a real member. */
async function readSpecial(block: HeaderBlock, reader: ByteReader, pending: Pending): Promise<boolean> {
  switch (block.type) {
    case 'x':
      pending.records = parsePaxRecords(await specialData(block, reader));
      return true;
    case 'L':
      pending.longName = untilNul(await specialData(block, reader));
      return true;
    case 'K':
      pending.longLink = untilNul(await specialData(block, reader));
      return true;
    case 'g':
      await specialData(block, reader);
      return true;
    case 'V':
      await reader.skip(block.sizeBytes + paddingOf(block.sizeBytes));
      return true;
    default:
      return false;
  }
}

async function specialData(block: HeaderBlock, reader: ByteReader): Promise<Buffer> {
  const size = block.sizeBytes;
  if (size > SPECIAL_MEMBER_LIMIT_BYTES) throw invalidTar(`invalid tar: extended header of ${size} bytes`);
  return (await reader.required(size + paddingOf(size))).subarray(0, size);
}

function untilNul(data: Buffer): string {
  const end = data.indexOf(0);
  return fromBytes(end === -1 ? data : data.subarray(0, end));
}

async function describe(
  raw: Buffer,
  block: HeaderBlock,
  pending: Pending,
  reader: ByteReader,
): Promise<{ header: TarHeader; stored: Stored }> {
  const pax = new Map(pending.records.map(({ key, value }) => [key, value]));
  refuseNul(pax);
  const name = textOf(pax, 'path') ?? pending.longName ?? block.name;
  const type = typeOf(block, name);
  const stored = type === 'file' ? (numberOf(pax, 'size') ?? block.sizeBytes) : 0;
  // the old GNU map stands in the header: it must be read before the raw block is given up
  const sparse =
    type === 'file'
      ? await sparseOf(raw, block, { records: pending.records, pax, stored, reader })
      : undefined;
  const mtime = textOf(pax, 'mtime');
  const header: TarHeader = {
    name: textOf(pax, 'GNU.sparse.name') ?? name,
    type,
    linkName:
      type === 'hardlink' || type === 'symlink'
        ? (textOf(pax, 'linkpath') ?? pending.longLink ?? block.linkName)
        : '',
    mode: block.mode & 0o7777,
    uid: numberOf(pax, 'uid') ?? block.uid,
    gid: numberOf(pax, 'gid') ?? block.gid,
    userName: textOf(pax, 'uname') ?? block.userName,
    groupName: textOf(pax, 'gname') ?? block.groupName,
    sizeBytes: sparse?.sizeBytes ?? stored,
    mtimeNs: mtime === undefined ? BigInt(block.mtimeSeconds) * 1_000_000_000n : parsePaxTime(mtime),
    devMajor: block.devMajor,
    devMinor: block.devMinor,
    xattrs: xattrsOf(pending.records),
    sparse: sparse?.runs,
  };
  return { header, stored: { bytes: sparse?.stored ?? stored, runs: sparse?.runs } };
}

const TEXT_KEYS = ['path', 'linkpath', 'GNU.sparse.name', 'uname', 'gname'];

/** A name that goes on behind a NUL is another one to the kernel than to us (Go's archive/tar refuses it too). */
function refuseNul(pax: ReadonlyMap<string, Buffer>): void {
  const bad = TEXT_KEYS.find((key) => pax.get(key)?.includes(0));
  if (bad !== undefined) throw invalidTar(`invalid PAX header: ${bad} contains a null byte`);
}

function typeOf(block: HeaderBlock, name: string): TarEntryType {
  const type = TYPES[block.type];
  if (type === undefined)
    throw invalidTar(`invalid tar: member type ${JSON.stringify(block.type)} is not supported`);
  // before POSIX a directory was a file whose name ends with a slash
  return type === 'file' && name.endsWith('/') ? 'directory' : type;
}

interface SparseSource {
  records: readonly PaxRecord[];
  pax: ReadonlyMap<string, Buffer>;
  stored: number;
  reader: ByteReader;
}

type Sparse = { runs: SparseRun[]; sizeBytes: number; stored: number };

async function sparseOf(raw: Buffer, block: HeaderBlock, from: SparseSource): Promise<Sparse | undefined> {
  const found = await findRuns(raw, block, from);
  if (found !== undefined) checkRuns(found.runs, found.sizeBytes, found.stored);
  return found;
}

async function findRuns(raw: Buffer, block: HeaderBlock, from: SparseSource): Promise<Sparse | undefined> {
  const { pax, stored, reader } = from;
  if (block.type === 'S') {
    const sizeBytes = parseNumber(raw, 483, 12);
    return { runs: await readOldGnuRuns(raw, reader), sizeBytes, stored };
  }
  if (textOf(pax, 'GNU.sparse.major') === '1') {
    const sizeBytes = numberOf(pax, 'GNU.sparse.realsize') ?? 0;
    const { runs, bytes } = await readLeadingRuns(reader, stored);
    return { runs, sizeBytes, stored: stored - bytes };
  }
  const sizeBytes = numberOf(pax, 'GNU.sparse.size');
  if (sizeBytes === undefined) return undefined;
  return { runs: runsOfRecords(from.records), sizeBytes, stored };
}

function textOf(pax: ReadonlyMap<string, Buffer>, key: string): string | undefined {
  const value = pax.get(key);
  return value === undefined || value.length === 0 ? undefined : fromBytes(value);
}

function numberOf(pax: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const value = textOf(pax, key);
  return value === undefined ? undefined : parsePaxNumber(value);
}

const XATTR_PREFIX = 'SCHILY.xattr.';
const LIBARCHIVE_PREFIX = 'LIBARCHIVE.xattr.';
const NO_XATTRS: ReadonlyMap<string, Buffer> = new Map();

function xattrsOf(records: readonly PaxRecord[]): ReadonlyMap<string, Buffer> {
  let xattrs: Map<string, Buffer> | undefined;
  for (const { key, value } of records) {
    if (key.startsWith(XATTR_PREFIX)) {
      xattrs ??= new Map();
      xattrs.set(key.slice(XATTR_PREFIX.length), value);
    } else if (key.startsWith(LIBARCHIVE_PREFIX)) {
      // libarchive writes both forms: percent-encoded name, base64 value
      xattrs ??= new Map();
      const name = unescapeName(key.slice(LIBARCHIVE_PREFIX.length));
      if (!xattrs.has(name)) xattrs.set(name, Buffer.from(value.toString('latin1'), 'base64'));
    }
  }
  return xattrs ?? NO_XATTRS;
}

function unescapeName(name: string): string {
  return name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** The stored bytes of one member. */
class Body implements AsyncIterable<Buffer> {
  readonly #reader: ByteReader;
  readonly #padding: number;
  #left: number;

  constructor(reader: ByteReader, bytes: number) {
    this.#reader = reader;
    this.#left = bytes;
    this.#padding = paddingOf(bytes);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    while (this.#left > 0) {
      const part = await this.#reader.some(this.#left);
      if (part === undefined) throw invalidTar('unexpected end of the tar archive');
      this.#left -= part.length;
      yield part;
    }
  }

  async skipRest(): Promise<void> {
    await this.#reader.skip(this.#left + this.#padding);
    this.#left = 0;
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

/** A sparse file's content with its holes as zeros. */
async function* expand(packed: AsyncIterable<Buffer>, header: TarHeader): AsyncGenerator<Buffer, void, void> {
  const runs = header.sparse ?? [];
  let at = 0;
  let run = 0;
  let used = 0;
  for await (let part of packed) {
    while (part.length > 0) {
      while (runs[run] !== undefined && used === runs[run]!.length) {
        run++;
        used = 0;
      }
      const current = runs[run]!;
      const start = current.offset + used;
      yield* zeros(start - at);
      const piece = part.subarray(0, current.length - used);
      yield piece;
      used += piece.length;
      at = start + piece.length;
      part = part.subarray(piece.length);
    }
  }
  yield* zeros(header.sizeBytes - at);
}

function* zeros(length: number): Generator<Buffer, void, void> {
  for (let left = length; left > 0; left -= ZEROS.length)
    yield left >= ZEROS.length ? ZEROS : ZEROS.subarray(0, left);
}
