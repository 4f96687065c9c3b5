/** The folders of a layer store. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayout } from '../../src/layerfs/directory/layout.ts';

describe('the folders of a layer store', () => {
  let work: string;
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'layout-'));
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it('are private, but for the lower directory of empty areas', () => {
    const { root, empty, ...others } = openLayout(join(work, 'modes'));
    const modes = [root, ...Object.values(others)].map((folder) => statSync(folder).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o700]));
    expect(statSync(empty).mode & 0o777).toBe(0o755);
  });

  it.each(['links', 'areas', 'ingest', 'trash', 'empty', 'locks'] as const)(
    'are made again when %s was removed: a backup may have left out what was empty',
    (name) => {
      const path = join(work, name);
      const layout = openLayout(path);
      rmSync(layout[name], { recursive: true });
      openLayout(path);
      expect(statSync(layout[name]).isDirectory()).toBe(true);
    },
  );
});
