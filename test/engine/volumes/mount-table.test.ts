import { describe, expect, it } from 'vitest';
import { mountHolding } from '../../../src/engine/volumes/mount-table.ts';

describe('the mount table', () => {
  it('tells the mount that holds a path: the one below it, not one of a like name', () => {
    expect(mountHolding('/proc/self/status')?.point).toBe('/proc');
    expect(mountHolding('/proc')?.point).toBe('/proc');
    expect(mountHolding('/procession')?.point).not.toBe('/proc'); // '/' but in a chroot
  });
});
