/** The database's log: who empties it, and that nobody is made to wait for that. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState, type State } from '../../../src/engine/state/state.ts';

const LARGE_BYTES = 128 * 4096;
let folder: string;
let database: string;
let open: State[];
const logBytes = () => statSync(`${database}-wal`).size;
const opened = () => {
  const state = openState(database);
  open.push(state);
  return state;
};
const PUT = "INSERT INTO documents (kind, id, body) VALUES ('test', ?, ?)";
const countIn = (state: State) => state.prepare('SELECT count(*) AS count FROM documents').get()?.['count'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boxtop-state-'));
  database = join(folder, 'state.db');
  open = [];
});
afterEach(() => {
  for (const state of open) state.close();
  rmSync(folder, { recursive: true });
});

function writeMuch(state: State): void {
  state.write(() => {
    for (let id = 0; id < 150; id += 1) state.prepare(PUT).run(String(id), 'x'.repeat(4096));
  });
  expect(logBytes()).toBeGreaterThan(LARGE_BYTES);
}

describe('the log of the database', () => {
  it('is emptied by who opens the store when it is large, and stays when it is small', () => {
    writeMuch(opened());
    const next = opened();
    expect(logBytes()).toBe(0);
    expect(countIn(next)).toBe(150);
    next.write(() => next.prepare(PUT).run('one more', ''));
    const small = logBytes();
    expect(small).toBeGreaterThan(0);
    expect([countIn(opened()), logBytes()]).toEqual([151, small]);
  });

  it('is left to the next by who would have to wait for a reader or a writer', () => {
    const first = opened();
    writeMuch(first);
    const before = logBytes();
    for (const begin of ['BEGIN; SELECT count(*) FROM documents', 'BEGIN IMMEDIATE']) {
      first.db.exec(begin);
      expect([countIn(opened()), logBytes()]).toEqual([150, before]);
      first.db.exec('ROLLBACK');
    }
    const { timeout } = opened().db.prepare('PRAGMA busy_timeout').get() as { timeout: number };
    expect([timeout, logBytes()]).toEqual([10_000, 0]);
  });

  it('is flushed when it is written into the database, not with every transaction', () => {
    const state = opened();
    state.write(() => {});
    expect(state.db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 });
  });
});
