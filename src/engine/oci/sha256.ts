/** sha256 of short texts (FIPS 180-4): loading node:crypto costs a command 5 to 11 ms, which is more than all its keys. Pure. */
import { createHash } from 'node:crypto';
import { compileRounds, STATE, TEXT } from './sha256-rounds.ts';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** More than this is quicker by node:crypto. */
const SHORT_BYTES = 32 * 1024;

/** First 32 bits of the fractional parts of the `power`-th roots of the first primes. */
function fractions(count: number, root: (x: number) => number): Int32Array {
  const primes: number[] = [];
  for (let x = 2; primes.length < count; x += 1) if (!primes.some((prime) => x % prime === 0)) primes.push(x);
  return Int32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}

interface Machine {
  start: Int32Array;
  state: Int32Array;
  memory: Buffer;
  addBlocks(end: number): void;
}

function open(): Machine {
  const { memory, addBlocks } = compileRounds(fractions(64, Math.cbrt));
  const state = new Int32Array(memory, STATE, DIGEST_BYTES / 4);
  return { start: fractions(8, Math.sqrt), state, memory: Buffer.from(memory), addBlocks };
}

let machine: Machine | undefined;

/** Lower-case hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (bytes.length > SHORT_BYTES) return createHash('sha256').update(bytes).digest('hex');
  machine ??= open();
  const { start, state, memory, addBlocks } = machine;
  state.set(start);
  addBlocks(TEXT + pad(memory, bytes));
  return memory
    .subarray(STATE, STATE + DIGEST_BYTES)
    .swap32()
    .toString('hex');
}

/** Puts down the text, a one bit, zeros, and the length in bits, up to a whole block. Returns the length of all. */
function pad(memory: Buffer, bytes: Uint8Array): number {
  const length = (((bytes.length + 8) >> 6) + 1) * BLOCK_BYTES;
  memory.set(bytes, TEXT);
  memory.fill(0, TEXT + bytes.length, TEXT + length);
  memory[TEXT + bytes.length] = 0x80;
  memory.writeUInt32BE(bytes.length * 8, TEXT + length - 4);
  return length;
}

/** The OCI digest of a text or some bytes. */
export const digestOf = (data: Uint8Array | string): string => `sha256:${sha256Hex(data)}`;
