/** Names that the sanitizer must refuse by itself, whoever read the archive. */
import { describe, expect, it } from 'vitest';
import { Sanitizer } from '../../src/layerfs/directory/sanitize.ts';
import { emptyHeader, type TarHeader } from '../../src/layerfs/index.ts';

function sanitize(...headers: Partial<TarHeader>[]): void {
  const sanitizer = new Sanitizer();
  for (const header of headers) sanitizer.add({ ...emptyHeader, ...header });
}

const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });

describe('the sanitizer refuses', () => {
  it('a name that goes on behind a NUL', () => {
    expect(() => sanitize({ name: 'a\0b' })).toThrow(refused);
  });

  it('a symlink whose target goes on behind a NUL', () => {
    expect(() => sanitize({ name: 'l', type: 'symlink', linkName: 'd\0z' })).toThrow(refused);
  });

  it('a hard link whose target goes on behind a NUL', () => {
    expect(() => sanitize({ name: 'd' }, { name: 'h', type: 'hardlink', linkName: 'd\0z' })).toThrow(refused);
  });

  it.each([
    [2 ** 21, 2 ** 21],
    [-1, 3],
    [1, 2 ** 20],
    [Number.NaN, 1],
  ])('a device %d/%d, which does not fit the header it is written in', (devMajor, devMinor) => {
    expect(() => sanitize({ name: 'n', type: 'block', devMajor, devMinor })).toThrow(refused);
  });
});
