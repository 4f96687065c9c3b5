import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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

describe('the walk of a context', () => {
  it('can be cancelled while it passes what is left out', async () => {
    for (let i = 0; i < 600; i += 1) writeFileSync(join(root, `${i}`), '');
    const signal = AbortSignal.abort();
    const ignore = compileIgnore(['*', '!none']);
    await expect(walkContext(root, ignore, { signal })).rejects.toMatchObject({ code: 'CANCELED' });
  });
});
