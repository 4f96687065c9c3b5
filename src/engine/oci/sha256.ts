/** sha256 of short texts (FIPS 180-4) in a few lines: loading node:crypto costs a command 5 to 11 ms, which is more than all its keys. Pure. */
import { createHash } from 'node:crypto';

const BLOCK_BYTES = 64;
/** More than this is quicker by node:crypto. */
const SHORT_BYTES = 32 * 1024;

/** First 32 bits of the fractional parts of the `power`-th roots of the first primes. */
function fractions(count: number, root: (x: number) => number): Int32Array {
  const primes: number[] = [];
  for (let x = 2; primes.length < count; x += 1) if (!primes.some((prime) => x % prime === 0)) primes.push(x);
  return Int32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}

const START = fractions(8, Math.sqrt);
const ROUNDS = fractions(64, Math.cbrt);
const schedule = new Int32Array(64);

/** Lower-case hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (bytes.length > SHORT_BYTES) return createHash('sha256').update(bytes).digest('hex');
  const state = START.slice();
  const padded = pad(bytes);
  for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) addBlock(state, padded, offset);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** A one bit, zeros, and the length in bits, up to a whole block. */
function pad(bytes: Uint8Array): Buffer {
  const padded = Buffer.alloc((((bytes.length + 8) >> 6) + 1) * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  padded.writeUInt32BE(bytes.length * 8, padded.length - 4);
  return padded;
}

function addBlock(state: Int32Array, padded: Buffer, offset: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i += 1) w[i] = padded.readInt32BE(offset + i * 4);
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = w[i - 16]! + small0 + w[i - 7]! + small1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < 64; i += 1) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + big1 + ((e & f) ^ (~e & g)) + ROUNDS[i]! + w[i]!) | 0;
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = big0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i]! += word;
}
