/** Compressed streams, whole and damaged. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { decompress } from '../../src/layerfs/index.ts';
import { bytesOf, run, streamOf } from './archives.ts';

describe('decompress', () => {
  const plain = Buffer.from('some text that is long enough '.repeat(50_000));
  it.each([['cat'], ['gzip'], ['zstd'], ['xz'], ['bzip2']])('undoes %s', async (program) => {
    const packed = await run(program, program === 'cat' ? [] : ['-c'], plain);
    expect((await bytesOf(await decompress(streamOf(packed)))).equals(plain)).toBe(true);
  });

  it('reads streams of several members', async () => {
    for (const program of ['gzip', 'zstd']) {
      const packed = Buffer.concat([await run(program, ['-c'], 'one'), await run(program, ['-c'], 'two')]);
      expect((await bytesOf(await decompress(streamOf(packed, 5)))).toString()).toBe('onetwo');
    }
  });

  it.each(['gzip', 'zstd', 'xz', 'bzip2'])('refuses damaged and cut %s data', async (program) => {
    const packed = await run(program, ['-c'], plain);
    const cut = bytesOf(await decompress(streamOf(packed.subarray(0, packed.length - 20))));
    await expect(cut).rejects.toMatchObject({ code: 'DATA_LOSS' });
    const damaged = Buffer.from(packed);
    damaged.fill(0xa5, packed.length >> 1, (packed.length >> 1) + 16);
    await expect(decompress(streamOf(damaged)).then(bytesOf)).rejects.toMatchObject({ code: 'DATA_LOSS' });
  });

  it('passes an error of the source on', async () => {
    const broken = Readable.from(
      (async function* () {
        yield plain;
        throw new Error('connection lost');
      })(),
    );
    const result = await decompress(broken);
    await expect(bytesOf(result)).rejects.toThrow('connection lost');
  });
});
