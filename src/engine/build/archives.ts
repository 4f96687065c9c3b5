/** ADD of local archives: told by their content, unpacked into the destination (builder reference, "Adding local tar archives"). */
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { decompress, encodeTarMember, readTar } from '../../layerfs/index.ts';
import type { ContextFile } from './context-files.ts';
import type { Owner } from './copy-layer.ts';
import type { PlannedEntry } from './copy-plan.ts';
import type { CopyInstruction } from './copy-step.ts';

const BLOCK_BYTES = 512;
/** gzip, bzip2, xz, zstd */
const MAGIC = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** The entries that ADD unpacks instead of copying: what a source names itself, not what lies in a folder. */
export async function archivesAmong(
  { kind, flags }: CopyInstruction,
  entries: readonly PlannedEntry<ContextFile>[],
): Promise<Set<ContextFile>> {
  const archives = new Set<ContextFile>();
  if (kind !== 'add') return archives;
  for (const { entry, isNamed } of entries) {
    const wantsUnpack = flags.unpack ?? entry.isRemote !== true;
    if (wantsUnpack && isNamed && entry.type === 'file' && (await isArchive(entry.file))) archives.add(entry);
  }
  return archives;
}

async function isArchive(file: string): Promise<boolean> {
  const start = await firstBytes(createReadStream(file, { end: BLOCK_BYTES - 1 }));
  if (isTarHeader(start)) return true;
  if (!MAGIC.some((magic) => magic.every((byte, index) => start[index] === byte))) return false;
  const packed = createReadStream(file);
  try {
    return isTarHeader(await firstBytes(await decompress(packed)));
  } catch {
    return false; // damaged or not what it looks like: copied as it is
  } finally {
    packed.destroy();
  }
}

async function firstBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= BLOCK_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, BLOCK_BYTES);
}

/** POSIX and GNU both write 'ustar' at 257. */
const isTarHeader = (block: Buffer) =>
  block.length === BLOCK_BYTES && block.toString('latin1', 257, 262) === 'ustar';

/** An archive's members, moved below `folder`. What would leave it is refused by the layer store. */
export async function* membersOf(
  file: string,
  to: { folder: string; owner?: Owner | '' },
): AsyncGenerator<Buffer, void, void> {
  const below = (name: string) =>
    `${to.folder.replace(/^\/+|\/+$/g, '')}/${posix.normalize(`/${name}`).slice(1)}`.replace(/^\//, '');
  const stream = await decompress(createReadStream(file));
  for await (const { packed, content: _, ...entry } of readTar(stream as AsyncIterable<Buffer>)) {
    const name = below(entry.name);
    if (name === '' || /^\/*\.?\/*$/.test(entry.name)) continue; // the archive's root is the destination
    const linkName = entry.type === 'hardlink' ? below(entry.linkName) : entry.linkName;
    const header = { ...entry, ...(to.owner || {}), name, linkName };
    yield* encodeTarMember(header, packed);
  }
}
