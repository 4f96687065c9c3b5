import { describe, expect, it } from 'vitest';
import {
  capabilitiesOfMask,
  normalizeCapabilities,
  resolveCapabilities,
} from '../../../src/engine/runtime/capabilities.ts';

const everything = new Set(capabilitiesOfMask((1n << 41n) - 1n));
const resolve = (
  add: string[],
  drop: string[],
  privileged = false,
  bounding: ReadonlySet<string> = everything,
) => resolveCapabilities({ privileged, add, drop }, bounding);

describe('capabilities', () => {
  it('gives the 14 of Docker by default', () => {
    expect(resolve([], [])).toHaveLength(14);
    expect(resolve([], [])).toContain('CAP_NET_RAW');
    expect(resolve([], [])).not.toContain('CAP_SYS_ADMIN');
  });

  it('adds and drops by name with and without CAP_, in any case', () => {
    const caps = resolve(['net_admin', 'CAP_SYS_TIME'], ['Chown']);
    expect(caps).toEqual(expect.arrayContaining(['CAP_NET_ADMIN', 'CAP_SYS_TIME']));
    expect(caps).not.toContain('CAP_CHOWN');
  });

  it('knows ALL on both sides', () => {
    expect(resolve([], ['ALL'])).toEqual([]);
    expect(resolve(['CHOWN'], ['all'])).toEqual(['CAP_CHOWN']);
    expect(resolve(['ALL'], ['SYS_ADMIN'])).toHaveLength(40);
    expect(resolve(['ALL'], ['ALL'])).toHaveLength(41);
  });

  it('never names what this process does not have', () => {
    const without = new Set([...everything].filter((name) => name !== 'CAP_SYS_RESOURCE'));
    expect(resolve([], [], true, without)).toHaveLength(40);
    expect(resolve(['SYS_RESOURCE'], [], false, without)).not.toContain('CAP_SYS_RESOURCE');
  });

  it('refuses names that are none, as Docker does', () => {
    expect(() => normalizeCapabilities('CapAdd', ['nope'])).toThrow(
      'invalid CapAdd: unknown capability: "CAP_NOPE"',
    );
  });
});
