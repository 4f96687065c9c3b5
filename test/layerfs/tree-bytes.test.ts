import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { treeBytes } from '../../src/layerfs/tree-bytes.ts';

describe('the bytes of a directory tree', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'boxtop-tree-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are those of its files, at any depth', async () => {
    writeFileSync(join(root, 'a'), 'x'.repeat(1000));
    mkdirSync(join(root, 'b/c'), { recursive: true });
    writeFileSync(join(root, 'b/c/d'), 'yy');
    expect(await treeBytes(root)).toBe(1002);
  });

  it('count an inode with several names once, and no file behind a link', async () => {
    writeFileSync(join(root, 'a'), 'x'.repeat(100));
    mkdirSync(join(root, 'b'));
    linkSync(join(root, 'a'), join(root, 'b/again'));
    symlinkSync('/bin', join(root, 'link'));
    expect(await treeBytes(root)).toBe(100 + '/bin'.length);
  });

  it('count files whose names are no text', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), 'abc');
    const folder = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe9])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/f')]), 'de');
    expect(await treeBytes(root)).toBe(5);
  });

  it('count files below paths longer than the kernel takes', async () => {
    const cwd = process.cwd();
    process.chdir(root);
    for (let depth = 0; depth < 40; depth += 1) {
      mkdirSync('d'.repeat(200));
      process.chdir('d'.repeat(200));
    }
    writeFileSync('deep', '12345');
    process.chdir(cwd);
    writeFileSync(join(root, 'top'), '1');
    expect(await treeBytes(root)).toBe(6);
  });

  it('are none where there is nothing', async () => {
    expect(await treeBytes(join(root, 'missing'))).toBe(0);
  });

  it('are not counted to the end when nobody waits any more', async () => {
    writeFileSync(join(root, 'a'), 'x');
    await expect(treeBytes(root, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
