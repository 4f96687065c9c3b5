import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describePath, walkContext } from '../../../src/engine/build/context-files.ts';
import { openFileHashes } from '../../../src/engine/build/file-hashes.ts';
import { compileIgnore } from '../../../src/engine/build/ignore.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boxtop-files-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

describe('digests of context files', () => {
  const LARGE_BYTES = 20 * 1024 * 1024; // others have their turn while it is read
  const memory = () => join(root, 'memory');

  it('are not kept of a file that may have changed while it was read', async () => {
    writeFileSync(join(root, 'large'), '');
    truncateSync(join(root, 'large'), LARGE_BYTES);
    const entry = describePath(root, 'large')!;
    const nowMs = Number(entry.ctimeNs / 1_000_000n);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(nowMs);
    const hashes = openFileHashes(memory(), root);
    const reading = hashes.digestOf(entry);
    clock.mockReturnValue(nowMs + 60_000);
    const before = await reading;
    hashes.save();
    writeFileSync(join(root, 'large'), 'changed within the same time stamp');
    expect(await openFileHashes(memory(), root).digestOf(entry)).not.toBe(before);
  });
});

describe('the memory of digests', () => {
  it('forgets files that are gone when it is written', async () => {
    const memory = join(root, 'memory');
    const context = join(root, 'context');
    const digest = async (name: string) => {
      const hashes = openFileHashes(memory, context);
      await hashes.digestOf(describePath(context, name)!);
      hashes.save();
    };
    mkdirSync(context);
    for (const name of ['gone', 'kept', 'new']) writeFileSync(join(context, name), name);
    const old = new Date(Date.now() - 3_600_000);
    for (const name of ['gone', 'kept', 'new']) utimesSync(join(context, name), old, old);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000); // long enough after their change to be remembered
    await digest('gone');
    await digest('kept');
    rmSync(join(context, 'gone'));
    await digest('new');
    const [file] = readdirSync(memory);
    const known = JSON.parse(readFileSync(join(memory, file!), 'utf8')) as [string, unknown][];
    expect(known.map(([name]) => name)).toEqual(['kept', 'new']);
  });
});

describe('the walk of a context', () => {
  it('can be cancelled while it passes what is left out', async () => {
    for (let i = 0; i < 600; i += 1) writeFileSync(join(root, `${i}`), '');
    const signal = AbortSignal.abort();
    const ignore = compileIgnore(['*', '!none']);
    await expect(walkContext(root, ignore, { signal })).rejects.toMatchObject({ code: 'CANCELED' });
  });
});
