import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/engine/oci/sha256.ts';

const expected = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');

describe('sha256 of short texts', () => {
  it("gives the standard's examples", () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('agrees with node:crypto for every length around the block limits, and for long data', () => {
    const lengths = [
      ...Array.from({ length: 260 }, (_, length) => length),
      32 * 1024,
      32 * 1024 + 1,
      100_003,
    ];
    for (const length of lengths) {
      const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 167 + length) & 0xff));
      expect(sha256Hex(bytes), `${length} bytes`).toBe(expected(bytes));
    }
  });

  it('reads texts as UTF-8', () => {
    expect(sha256Hex('größe 漢字 🙂')).toBe(expected('größe 漢字 🙂'));
  });
});
