/** Writes tar headers: POSIX ustar, with a PAX extended header where ustar has no room. */
import {
  BLOCK_BYTES,
  emptyHeader,
  paddingOf,
  type SparseRun,
  TAR_END,
  type TarEntryType,
  type TarHeader,
} from './entry.ts';
import { formatPaxRecord, formatPaxTime } from './pax.ts';
import { formatLeadingRuns } from './sparse.ts';
import { toBytes } from './text.ts';

const TYPE_FLAGS: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const SECOND_NS = 1_000_000_000n;

/**
 * Everything that stands before a member's stored bytes. The caller writes those next (for a sparse file the runs only), then
 * `tarPadding(storedBytes)`. Sparse files become PAX 1.0. Extended headers have a fixed name, so equal input gives equal bytes.
 */
export function encodeTarHeader(header: TarHeader): Buffer {
  const name = toBytes(
    header.type === 'directory' && !header.name.endsWith('/') ? `${header.name}/` : header.name,
  );
  const link = toBytes(header.linkName);
  const map = header.sparse === undefined ? undefined : formatLeadingRuns(closedRuns(header, header.sparse));
  const stored = (map?.length ?? 0) + packedBytes(header);
  const records = paxRecords(header, { name, link, stored });
  const block = encodeBlock(header, { name, link, stored });
  const parts = records.length === 0 ? [block] : [paxMember(Buffer.concat(records)), block];
  return Buffer.concat(map === undefined ? parts : [...parts, map]);
}

/** The zeros after `storedBytes` bytes of data. */
export function tarPadding(storedBytes: number): Buffer {
  return TAR_END.subarray(0, paddingOf(storedBytes));
}

/** A whole member: header, content as it is stored (a file's), and the zeros behind it. */
export async function* encodeTarMember(
  header: TarHeader,
  packed: AsyncIterable<Buffer> | undefined,
): AsyncGenerator<Buffer, void, void> {
  yield encodeTarHeader(header);
  if (packed === undefined || header.type !== 'file') return;
  yield* packed;
  const padding = tarPadding(packedBytes(header));
  if (padding.length > 0) yield padding;
}

/** How many bytes of data follow the header: of a sparse file only its runs. */
export function packedBytes(header: TarHeader): number {
  if (header.type !== 'file') return 0;
  if (header.sparse === undefined) return header.sizeBytes;
  return header.sparse.reduce((sum, run) => sum + run.length, 0);
}

/** A hole at the end is an empty run there; GNU tar ends the file at the last run otherwise. */
function closedRuns(header: TarHeader, runs: readonly SparseRun[]): readonly SparseRun[] {
  const last = runs.at(-1);
  const end = last === undefined ? 0 : last.offset + last.length;
  return end < header.sizeBytes ? [...runs, { offset: header.sizeBytes, length: 0 }] : runs;
}

interface Encoded {
  name: Buffer;
  link: Buffer;
  stored: number;
}

function paxRecords(header: TarHeader, { name, link, stored }: Encoded): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: Buffer | string) => records.push(formatPaxRecord(key, value));
  if (!fits(name, 100)) add('path', name);
  if (!fits(link, 100)) add('linkpath', link);
  if (stored >= 8 ** 11) add('size', String(stored));
  if (header.uid >= 8 ** 7) add('uid', String(header.uid));
  if (header.gid >= 8 ** 7) add('gid', String(header.gid));
  if (!fits(toBytes(header.userName), 32)) add('uname', toBytes(header.userName));
  if (!fits(toBytes(header.groupName), 32)) add('gname', toBytes(header.groupName));
  if (!plainTime(header.mtimeNs)) add('mtime', formatPaxTime(header.mtimeNs));
  for (const key of [...header.xattrs.keys()].sort()) add(`SCHILY.xattr.${key}`, header.xattrs.get(key)!);
  if (header.sparse !== undefined) {
    add('GNU.sparse.major', '1');
    add('GNU.sparse.minor', '0');
    add('GNU.sparse.name', name);
    add('GNU.sparse.realsize', String(header.sizeBytes));
  }
  return records;
}

/** ustar's text is ASCII; other bytes go into a PAX record, where UTF-8 is the rule. */
function fits(bytes: Buffer, room: number): boolean {
  return bytes.length <= room && bytes.every((byte) => byte < 0x80);
}

function plainTime(ns: bigint): boolean {
  return ns >= 0n && ns % SECOND_NS === 0n && ns / SECOND_NS < 8n ** 11n;
}

function paxMember(data: Buffer): Buffer {
  const name = Buffer.from('PaxHeaders.0/entry', 'latin1');
  const header = { ...emptyHeader, mode: 0o644 };
  const block = encodeBlock(header, { name, link: Buffer.alloc(0), stored: data.length });
  block.write('x', 156, 'latin1');
  writeChecksum(block);
  return Buffer.concat([block, data, tarPadding(data.length)]);
}

function encodeBlock(header: TarHeader, { name, link, stored }: Encoded): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  name.copy(block, 0, 0, 100);
  writeOctal(block, { at: 100, digits: 7 }, header.mode & 0o7777);
  writeOctal(block, { at: 108, digits: 7 }, header.uid);
  writeOctal(block, { at: 116, digits: 7 }, header.gid);
  writeOctal(block, { at: 124, digits: 11 }, stored);
  writeOctal(block, { at: 136, digits: 11 }, header.mtimeNs < 0n ? 0 : Number(header.mtimeNs / SECOND_NS));
  block.write(TYPE_FLAGS[header.type], 156, 'latin1');
  link.copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  toBytes(header.userName).copy(block, 265, 0, 32);
  toBytes(header.groupName).copy(block, 297, 0, 32);
  writeOctal(block, { at: 329, digits: 7 }, header.devMajor);
  writeOctal(block, { at: 337, digits: 7 }, header.devMinor);
  writeChecksum(block);
  return block;
}

/** Numbers that do not fit are 0 here and right in the PAX record. */
function writeOctal(block: Buffer, field: { at: number; digits: number }, value: number): void {
  const fitting = value >= 0 && value < 8 ** field.digits ? value : 0;
  block.write(fitting.toString(8).padStart(field.digits, '0'), field.at, 'latin1');
}

function writeChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  let sum = 0;
  // by index: an iterator takes five times as long, and this runs for each of a hundred thousand files
  for (let i = 0; i < BLOCK_BYTES; i += 1) sum += block[i]!;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
