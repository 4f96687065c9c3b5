import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { giveUpReserve, keepReserve } from '../../../src/engine/state/reserve.ts';
import { openState } from '../../../src/engine/state/state.ts';

const KB = 1024;
let folder: string;
let database: string;
const size = () => statSync(join(folder, 'reserve')).size;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boxtop-reserve-'));
  database = join(folder, 'state.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the reserve', () => {
  it('takes real room, is given up in slices, and taken back', () => {
    keepReserve(database);
    expect(size()).toBe(4096 * KB);
    expect(statSync(join(folder, 'reserve')).blocks * 512).toBeGreaterThanOrEqual(4096 * KB);
    expect(giveUpReserve(database)).toBe(true);
    expect(size()).toBe((4096 - 32) * KB);
    keepReserve(database);
    expect(size()).toBe(4096 * KB);
    let slices = 0;
    while (giveUpReserve(database)) slices += 1;
    expect([slices, size()]).toEqual([128, 0]);
    keepReserve(database);
    expect(size()).toBe(4096 * KB);
  });

  it('is given up for a transaction, as far as it needs, and is back when the database was closed', () => {
    const state = openState(database);
    const full = () => new EngineError('RESOURCE_EXHAUSTED', 'no space left on device');
    let tries = 0;
    const done = state.write(() => {
      tries += 1;
      if (tries < 4) throw full();
      return 'done';
    });
    expect([done, tries, size()]).toEqual(['done', 4, (4096 - 3 * 32) * KB]);
    expect(() =>
      state.write(() => {
        throw full();
      }),
    ).toThrow('no space left on device');
    expect(size()).toBe(0);
    state.close();
    expect(size()).toBe(4096 * KB);
  });
});
