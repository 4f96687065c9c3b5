import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { removeFolder } from '../../src/engine/remove-folder.ts';

const ROUNDS = 40;
const FOLDERS = 30;

/** Removes the same folders, beginning at the same moment. */
const OTHER = `
  const { rmdirSync, unlinkSync } = require('node:fs');
  const { workerData: { top, start } } = require('node:worker_threads');
  while (!Atomics.load(start, 0));
  for (let i = 0; i < ${FOLDERS}; i += 1) try { unlinkSync(top + '/e/' + i + '/x'); rmdirSync(top + '/e/' + i); } catch {}`;

it('removes a folder whole while somebody else removes parts of it', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const top = mkdtempSync(join(tmpdir(), 'boxtop-remove-'));
    for (let i = 0; i < FOLDERS; i += 1) {
      mkdirSync(join(top, 'e', String(i)), { recursive: true });
      writeFileSync(join(top, 'e', String(i), 'x'), '');
    }
    const start = new Int32Array(new SharedArrayBuffer(4));
    const other = new Worker(OTHER, { eval: true, workerData: { top, start } });
    await new Promise((resolve) => other.once('online', resolve));
    Atomics.store(start, 0, 1);
    removeFolder(top);
    await new Promise((resolve) => other.once('exit', resolve));
    expect(existsSync(top)).toBe(false);
  }
});

it('takes a missing folder for removed', () => {
  expect(() => removeFolder(join(tmpdir(), 'boxtop-never-there'))).not.toThrow();
});
