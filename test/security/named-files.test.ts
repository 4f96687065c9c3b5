/** Files named on the command line: one without an end must not fill our memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKeyValueFile, readNamedFile } from '../../src/ui/cli/caller.ts';

describe('a file named on the command line', () => {
  it('is given up when it has no end, for --env-file and --label-file too', () => {
    expect(() => readNamedFile('/dev/zero')).toThrow('open /dev/zero: larger than');
    expect(() => readKeyValueFile('/dev/zero', 'env')).toThrow('larger than');
  });

  it('is read whole otherwise, and may be a device', () => {
    const folder = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
    const text = `A=${'x'.repeat(50_000)}\n`.repeat(5);
    writeFileSync(join(folder, 'env'), text);
    expect(readKeyValueFile(join(folder, 'env'), 'env')).toBe(text);
    expect(readNamedFile('/dev/null')).toBe('');
    rmSync(folder, { recursive: true });
    expect(() => readNamedFile(join(folder, 'env'))).toThrow('no such file or directory');
  });
});
