import { expect, it } from 'vitest';
import { archive, run, sh, streamOf } from '../archives.ts';
import type { StoreUnderTest } from './store.ts';

export function layerTests(use: () => StoreUnderTest): void {
  it('names a layer by the digest of its uncompressed tar, whatever the compression', async () => {
    const { store } = use();
    const tar = archive({ name: 'a', content: 'hello' });
    const hex = (await run('sha256sum', [], tar)).toString().slice(0, 64);
    for (const program of ['cat', 'gzip', 'zstd', 'xz']) {
      const layer = await store.ingest(streamOf(await run(program, [], tar)));
      expect(layer).toEqual({ diffId: `sha256:${hex}`, sizeBytes: 5 });
    }
    expect(await store.listLayers()).toEqual([{ diffId: `sha256:${hex}`, sizeBytes: 5 }]);
    expect(await store.getLayer(`sha256:${hex}`)).toEqual({ diffId: `sha256:${hex}`, sizeBytes: 5 });
    expect(await store.hasLayer(`sha256:${hex}`)).toBe(true);
    expect(await store.hasLayers([`sha256:${hex}`])).toBe(true);
    expect(await store.hasLayers([`sha256:${hex}`, `sha256:${'0'.repeat(64)}`])).toBe(false);
  });

  it('counts what follows the end mark into the digest', async () => {
    const tar = Buffer.concat([archive({ name: 'a' }), Buffer.alloc(9000, 1)]);
    const { diffId } = await use().store.ingest(streamOf(tar));
    expect(diffId.slice(7)).toBe((await run('sha256sum', [], tar)).toString().slice(0, 64));
  });

  it('refuses another digest than the expected one and leaves nothing behind', async () => {
    const { store, root } = use();
    const expectedDiffId = `sha256:${'0'.repeat(64)}`;
    const ingest = store.ingest(streamOf(archive({ name: 'a' })), { expectedDiffId });
    await expect(ingest).rejects.toMatchObject({ code: 'DATA_LOSS' });
    expect(await store.listLayers()).toEqual([]);
    expect(await sh(`find ${root} -name a`)).toBe('');
  });

  it('stops at maxBytes, at damaged data and at a cut stream, and leaves nothing behind', async () => {
    const { store, root } = use();
    const tar = archive({ name: 'victim', content: Buffer.alloc(300_000, 1) });
    const fail = (data: Buffer, maxBytes?: number) => store.ingest(streamOf(data), { maxBytes });
    await expect(fail(tar, tar.length - 1)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    await expect(fail(tar.subarray(0, 100_000))).rejects.toMatchObject({ code: 'DATA_LOSS' });
    await expect(fail((await run('gzip', ['-c'], tar)).subarray(0, -9))).rejects.toMatchObject({
      code: 'DATA_LOSS',
    });
    await expect(fail(Buffer.alloc(1024, 7))).rejects.toMatchObject({ code: 'DATA_LOSS' });
    expect(await sh(`find ${root} -name victim`)).toBe('');
    expect(await fail(tar, tar.length)).toMatchObject({ sizeBytes: 300_000 });
  });

  it('stops when it is aborted', async () => {
    const { store, root } = use();
    const controller = new AbortController();
    const endless = (async function* () {
      yield archive({ name: 'victim', content: Buffer.alloc(600_000) }).subarray(0, 600_000);
      controller.abort();
      yield Buffer.alloc(10);
      await new Promise((resolve) => setTimeout(resolve, 5));
      yield Buffer.alloc(10);
    })();
    const { Readable } = await import('node:stream');
    const ingest = store.ingest(Readable.from(endless, { objectMode: false }), { signal: controller.signal });
    await expect(ingest).rejects.toMatchObject({ code: 'CANCELED' });
    expect(await sh(`find ${root} -name victim`)).toBe('');
  });

  it('stops when it is aborted while its stream hangs', async () => {
    const { Readable } = await import('node:stream');
    const hanging = new Readable({ read: () => {} });
    hanging.push(archive({ name: 'victim', content: 'x' }).subarray(0, 700));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('the user pressed q')), 20);
    const ingest = use().store.ingest(hanging, { signal: controller.signal });
    await expect(ingest).rejects.toMatchObject({ code: 'CANCELED' });
    expect(await sh(`find ${use().root} -name victim`)).toBe('');
  });

  it('takes the same layer twice at the same time', async () => {
    const { store } = use();
    const tar = archive({ name: 'd/' }, { name: 'd/a', content: Buffer.alloc(200_000, 3) });
    const layers = await Promise.all([1, 2, 3].map(() => store.ingest(streamOf(tar))));
    expect(new Set(layers.map(({ diffId }) => diffId)).size).toBe(1);
    expect(await store.listLayers()).toHaveLength(1);
  });

  it('takes an empty stream for an empty layer', async () => {
    expect(await use().store.ingest(streamOf(Buffer.alloc(0)))).toMatchObject({ sizeBytes: 0 });
  });

  it('removes a layer, but not one that an area stands on', async () => {
    const { store, stack } = use();
    await stack([{ name: 'a' }]);
    const { diffId } = (await store.listLayers())[0]!;
    await expect(store.removeLayer(diffId)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await store.removeArea('area');
    await store.removeLayer(diffId);
    await store.removeLayer(diffId);
    expect(await store.getLayer(diffId)).toBeUndefined();
    expect(await store.hasLayer(diffId)).toBe(false);
    expect(await store.listLayers()).toEqual([]);
  });

  it.each(['', 'sha256:../../etc', `sha256:${'A'.repeat(64)}`, `md5:${'0'.repeat(32)}`])(
    'refuses the diffID %j',
    async (id) => {
      const { store } = use();
      await expect((async () => store.getLayer(id))()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect((async () => store.removeLayer(id))()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );
}
