/** The order in which a build sees its context. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparePaths, walkContext } from '../../../src/engine/build/context-files.ts';
import { compileIgnore } from '../../../src/engine/build/ignore.ts';
import { toBytes } from '../../../src/layerfs/index.ts';

describe('a walk of the context', () => {
  let work: string;
  /** in path order */
  const PATHS = [
    'a',
    'a/b',
    'a/b/c',
    'a/b!',
    'a b/c',
    'a-b',
    'a.b',
    'a.b/é',
    'a.b/\u{1f600}',
    'a.b/\udcff', // a byte that is no UTF-8
    'a.b/\ufffd',
    'ab',
  ];
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'walk-'));
    for (const path of PATHS.toReversed()) {
      mkdirSync(join(work, dirname(path)), { recursive: true });
      const isFolder = PATHS.some((other) => other.startsWith(`${path}/`));
      if (!isFolder) writeFileSync(toBytes(`${work}/${path}`), '');
    }
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));
  const walked = async (patterns: string[], below = '') => [
    ...(await walkContext(work, compileIgnore(patterns), { below })).keys(),
  ];

  it('comes by components: a folder right before what it holds, whatever sorts below a slash', async () => {
    const found = await walked([]);
    expect(found).toEqual(PATHS.toSpliced(4, 0, 'a b'));
    expect(found.toSorted(comparePaths)).toEqual(found);
  });

  it('keeps that order below folders that are ignored but for exceptions, and below a folder', async () => {
    expect(await walked(['a*', '!a/b/c', '!a.b/é', '!ab'])).toEqual(['a/b/c', 'a.b/é', 'ab']);
    expect(await walked([], 'a')).toEqual(['a/b', 'a/b/c', 'a/b!']);
  });
});
