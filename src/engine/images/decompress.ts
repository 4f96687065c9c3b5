/** Undoes compressions that the layer store does not read itself. */
import { Readable } from 'node:stream';
import { filterCommand } from '../command.ts';

/** Magic numbers of the .xz file format (1.2, section 2.1.1.1) and of bzip2. */
const FILTERS = [
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), file: 'xz' },
  { magic: Buffer.from('BZh'), file: 'bzip2' },
];
const HEAD_BYTES = 6;

/** xz and bzip2 go through their programs; everything else passes as it is. */
export async function* decompressed(
  stream: Readable,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const held: Buffer[] = [];
  let size = 0;
  while (size < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    held.push(Buffer.from(next.value));
    size += next.value.length;
  }
  const head = Buffer.concat(held);
  const filter = FILTERS.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
  const whole = rejoin(head, iterator);
  if (filter === undefined) yield* whole;
  else yield* filterCommand(filter.file, ['-dc'], Readable.from(whole), signal);
}

async function* rejoin(
  head: Buffer,
  iterator: AsyncIterator<Buffer, undefined>,
): AsyncGenerator<Buffer, void, void> {
  try {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
