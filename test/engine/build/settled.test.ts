import { describe, expect, it } from 'vitest';
import { isSettled } from '../../../src/engine/build/context-files.ts';

const SECOND = 1_000_000_000n;

describe('a time stamp', () => {
  it('is settled when the clock has ticked since', () => {
    const ctimeNs = 5n * SECOND + 123n;
    expect(isSettled({ ctimeNs }, ctimeNs)).toBe(false);
    expect(isSettled({ ctimeNs }, ctimeNs + 10_000_000n)).toBe(false);
    expect(isSettled({ ctimeNs }, ctimeNs + 30_000_000n)).toBe(true);
  });

  it('of whole seconds may stand for two of them', () => {
    const ctimeNs = 5n * SECOND;
    expect(isSettled({ ctimeNs }, ctimeNs + 2n * SECOND)).toBe(false);
    expect(isSettled({ ctimeNs }, ctimeNs + 3n * SECOND)).toBe(true);
  });

  it('of the future is not settled', () => {
    expect(isSettled({ ctimeNs: 5n * SECOND + 1n }, SECOND)).toBe(false);
  });
});
