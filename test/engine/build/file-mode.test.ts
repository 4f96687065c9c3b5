import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseMode } from '../../../src/engine/build/dockerfile/file-mode.ts';

const work = mkdtempSync(join(tmpdir(), 'boxtop-mode-'));
const file = join(work, 'file');
const folder = join(work, 'folder');
writeFileSync(file, '');
mkdirSync(folder);
afterAll(() => rmSync(work, { recursive: true }));

/** chmod(1) on the same file, without a umask. */
function changed(path: string, before: number, text: string): number {
  chmodSync(path, before);
  const { status } = spawnSync('sh', ['-c', 'umask 0; exec chmod -- "$1" "$2"', '-', text, path]);
  expect(status).toBe(0);
  return statSync(path).mode & 0o7777;
}

describe('--chmod', () => {
  it.each([
    '755',
    '0644',
    '4755',
    'u=rwX,go=rX',
    'u=rwX,go=rX,a-w',
    '+x',
    'a+x',
    '-x',
    'go-w',
    'u+s,g+s',
    'ug-s',
    '+t',
    'o-t',
    'g=u',
    'go=u-w',
    'o=',
    'a=rw,u+x',
    'u-rwx+w',
    'ugo+rwx',
    'g+X',
  ])('%s does what chmod does', (text) => {
    const change = parseMode(text)!;
    for (const before of [0o644, 0o755, 0o600, 0o4711, 0o1777, 0])
      expect(change(before, false).toString(8), `a file of ${before.toString(8)}`).toBe(
        changed(file, before, text).toString(8),
      );
    // chmod keeps a folder's set-id bits under =, which Docker's builder does not
    for (const before of [0o644, 0o755, 0o700])
      if (!/^\d/.test(text))
        expect(change(before, true).toString(8)).toBe(changed(folder, before, text).toString(8));
  });

  it.each(['', '8', '99', '77777', 'u', 'x', 'u+q', 'u=rwx;', 'u+r,', 'rwx', 'ug=uo'])(
    'refuses %j',
    (text) => {
      expect(parseMode(text)).toBeUndefined();
    },
  );
});
