import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openContextFile, streamContextFile } from '../../../src/engine/build/context-open.ts';

describe('a file of a context that was replaced since it was found', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'context-open-'));
    writeFileSync(join(folder, 'file'), 'content');
    mkdirSync(join(folder, 'folder'));
    symlinkSync('file', join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['folder', 'link', 'pipe'])('by a %s is neither followed nor waited for', (name) => {
    expect(() => openContextFile(join(folder, name))).toThrow(/ was replaced while it was read/);
    expect(() => streamContextFile(join(folder, name))).toThrow(/ was replaced while it was read/);
  });

  it('is read when it is a file still', async () => {
    const descriptor = openContextFile(join(folder, 'file'));
    expect(readFileSync(descriptor, 'utf8')).toBe('content');
    closeSync(descriptor);
    const pieces = await streamContextFile(join(folder, 'file'), { end: 3 }).toArray();
    expect(Buffer.concat(pieces).toString()).toBe('cont');
  });
});
