/** ADD of local archives: told by their content, unpacked into the destination (builder reference, "Adding local tar archives"). */
import type { Readable } from 'node:stream';
import { decompress, readTar } from '../../layerfs/index.ts';
import type { ContextFile } from './context-files.ts';
import { streamContextFile } from './context-open.ts';
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

async function isArchive(path: string): Promise<boolean> {
  const start = await firstBytes(streamContextFile(path, { end: BLOCK_BYTES - 1 }));
  const isPacked = MAGIC.some((magic) => magic.every((byte, index) => start[index] === byte));
  if (!isPacked && !hasChecksum(start)) return false;
  const stream = streamContextFile(path);
  try {
    for await (const _ of readTar((await decompress(stream)) as AsyncIterable<Buffer>)) return true;
    return false; // an archive of nothing is a file to Docker, too
  } catch {
    return false; // damaged or not what it looks like: copied as it is
  } finally {
    stream.destroy();
  }
}

async function firstBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A block of a tar has the sum of its bytes in octal digits at 148, be it ustar, GNU's or older; nearly nothing else has. */
const hasChecksum = (block: Buffer) =>
  block.length === BLOCK_BYTES && /^ *[0-7]+[ \0]/.test(block.toString('latin1', 148, 156));
