/** The 512-byte header block of tar: POSIX ustar and the GNU variant (GNU tar manual, "Basic Tar Format"). */
import { LayerError } from '../errors.ts';
import { fromBytes } from './text.ts';

/** The fields of a block as they stand there; `type` is the type flag's character. */
export interface HeaderBlock {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  mtimeSeconds: number;
  type: string;
  linkName: string;
  userName: string;
  groupName: string;
  devMajor: number;
  devMinor: number;
  gnu: boolean;
}

/** Throws DATA_LOSS when the checksum or a number is wrong. */
export function parseHeaderBlock(block: Buffer): HeaderBlock {
  if (!checksumAgrees(block)) throw invalidTar('invalid tar header: wrong checksum');
  const magic = block.toString('latin1', 257, 265);
  const gnu = magic === 'ustar  \0';
  const posix = magic.startsWith('ustar\0');
  const prefix = posix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: parseNumber(block, 100, 8),
    uid: parseNumber(block, 108, 8),
    gid: parseNumber(block, 116, 8),
    sizeBytes: parseNumber(block, 124, 12),
    mtimeSeconds: parseNumber(block, 136, 12),
    type: String.fromCharCode(block[156]!),
    linkName: text(block, 157, 100),
    userName: gnu || posix ? text(block, 265, 32) : '',
    groupName: gnu || posix ? text(block, 297, 32) : '',
    devMajor: gnu || posix ? parseNumber(block, 329, 8) : 0,
    devMinor: gnu || posix ? parseNumber(block, 337, 8) : 0,
    gnu,
  };
}

/**
 * Octal digits, or base 256 when the first bit is set (GNU tar manual, "Extensions"): big endian, two's complement.
 * Throws DATA_LOSS for other text and for what a JavaScript number cannot hold.
 */
export function parseNumber(block: Buffer, start: number, length: number): number {
  const first = block[start]!;
  if ((first & 0x80) !== 0) return parseBase256(block, start, length);
  const digits = block.toString('latin1', start, start + length).replace(/^[\0 ]+|[\0 ].*$/gs, '');
  if (!/^[0-7]*$/.test(digits)) throw invalidTar('invalid tar header: not a number');
  return digits === '' ? 0 : safe(Number.parseInt(digits, 8));
}

function parseBase256(block: Buffer, start: number, length: number): number {
  const negative = (block[start]! & 0x40) !== 0;
  let value = negative ? BigInt(block[start]!) - 256n : BigInt(block[start]! & 0x7f);
  for (let i = 1; i < length; i++) value = value * 256n + BigInt(block[start + i]!);
  return safe(Number(value));
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw invalidTar('invalid tar header: number too large');
  return value;
}

function checksumAgrees(block: Buffer): boolean {
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  for (let i = 0; i < 512; i++) {
    if (i >= 148 && i < 156) continue;
    const byte = block[i]!;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stored = parseNumber(block, 148, 8);
  return stored === unsigned || stored === signed;
}

function text(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return fromBytes(block.subarray(start, end === -1 || end > start + length ? start + length : end));
}

export function invalidTar(message: string): LayerError {
  return new LayerError('DATA_LOSS', message);
}
