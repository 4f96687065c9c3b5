/** Several processes on one store, processes that die, disks that fill up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLayerStore } from '../../src/layerfs/index.ts';
import { openCheckout } from '../support/open-checkout.ts';
import { canMount } from '../support/requirements.ts';
import { archive, sh, streamOf } from './archives.ts';
import { mounts, useStore } from './conformance/store.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const NOBODY = 65534;

interface Other {
  uid?: number;
  checkout?: string;
}

/** Another process with `store` open; ends with the code. Another user has a checkout of its own. */
function start(root: string, code: string, { uid, checkout = CHECKOUT }: Other = {}): ChildProcess {
  const script = `
    import { createReadStream } from 'node:fs';
    const { openLayerStore } = await import(${JSON.stringify(join(checkout, 'src/layerfs/index.ts'))});
    try {
      const store = await openLayerStore(${JSON.stringify(join(root, 'store'))});
      ${code}
    } catch (error) { console.log(error.code, error.hint); }`;
  return spawn(join(checkout, 'node_modules/node/bin/node'), ['--input-type=module', '-e', script], {
    uid,
    gid: uid,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.on('data', (data: Buffer) => (text += data));
  await once(child, 'close');
  return text.trim();
}

describe.skipIf(!canMount)('processes', () => {
  const use = useStore(openLayerStore);

  it('share a mount: it outlives its maker and ends with its last holder', async () => {
    const { root, store } = use();
    await output(
      start(root, `await store.createArea('a', []); await store.mount('a', { holder: 'container' });`),
    );
    expect(await mounts(root)).toBe(1);
    await store.mount('a', { holder: 'screen' });
    await output(start(root, `await store.unmount('a', { holder: 'container' });`));
    expect(await mounts(root)).toBe(1);
    await store.unmount('a', { holder: 'screen' });
    expect(await mounts(root)).toBe(0);
  });

  it('mount and unmount the same area at the same time', async () => {
    const { root, store } = use();
    await store.createArea('a', []);
    const code = (n: number) =>
      `for (let i = 0; i < 10; i++) { await store.mount('a', { holder: 'h${n}' }); await store.unmount('a', { holder: 'h${n}' }); } console.log('done');`;
    expect(await Promise.all([1, 2, 3].map((n) => output(start(root, code(n)))))).toEqual([
      'done',
      'done',
      'done',
    ]);
    expect(await mounts(root)).toBe(0);
  });

  it('take the same layer at the same time', async () => {
    const { root, store } = use();
    await writeFile(
      join(root, 'layer.tar'),
      archive({ name: 'd/' }, { name: 'd/f', content: Buffer.alloc(5_000_000, 1) }),
    );
    const code = `console.log((await store.ingest(createReadStream(${JSON.stringify(join(root, 'layer.tar'))}))).diffId);`;
    const [one, two] = await Promise.all([output(start(root, code)), output(start(root, code))]);
    expect(one).toMatch(/^sha256:/);
    expect(two).toBe(one);
    expect(await store.listLayers()).toHaveLength(1);
    expect(await readdir(join(root, 'store/ingest'))).toEqual([]);
  });

  it('that are killed while unpacking leave something that sweep removes, and nothing else', async () => {
    const { root, store } = use();
    const tar = archive({ name: 'f', content: Buffer.alloc(3_000_000, 1) });
    const child = start(root, `await store.ingest(process.stdin);`);
    child.stdin!.on('error', () => {}); // it is killed before it has read all
    child.stdin!.write(tar.subarray(0, 2_000_000));
    const ingests = () => readdir(join(root, 'store/ingest'));
    while ((await ingests()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await store.sweep({ areas: new Set(), layers: new Set() });
    expect(await ingests()).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await ingests()).toHaveLength(1);
    await store.sweep({ areas: new Set(), layers: new Set() });
    expect(await ingests()).toEqual([]);
    expect(await store.listLayers()).toEqual([]);
  });

  it('that ended leave areas, mounts and layers that sweep removes unless they are kept', async () => {
    const { root, store } = use();
    const code = `
      const { Readable } = await import('node:stream');
      for (const key of ['kept', 'gone']) {
        const tar = Buffer.from(${JSON.stringify([...archive({ name: 'KEY' })])});
        tar.write(key, 0); tar.fill(32, 148, 156);
        let sum = 0; for (const byte of tar.subarray(0, 512)) sum += byte;
        tar.write(sum.toString(8).padStart(6, '0') + '\\0 ', 148);
        const { diffId } = await store.ingest(Readable.from([tar]));
        await store.createArea(key, [diffId]);
        await store.mount(key, { holder: 'cp:' + process.pid });
        console.log(diffId);
      }
      await store.mount('kept', { holder: 'container' });`;
    const [kept] = (await output(start(root, code))).split('\n');
    expect(await mounts(root)).toBe(2);
    await store.sweep({ areas: new Set(['kept']), layers: new Set() });
    expect(await mounts(root)).toBe(1);
    expect([await store.hasArea('kept'), await store.hasArea('gone')]).toEqual([true, false]);
    expect((await store.listLayers()).map(({ diffId }) => diffId)).toEqual([kept]);
  });

  it('without rights get PERMISSION_DENIED and a hint', async () => {
    const { root } = use();
    await sh(`chmod 755 ${root}`);
    const checkout = join(root, 'checkout');
    openCheckout(checkout, ['src/layerfs', 'package.json']);
    const nobody = { uid: NOBODY, checkout };
    expect(await output(start(root, '', nobody))).toMatch(/^PERMISSION_DENIED .*root/);
    await mkdir(join(root, 'own/store'), { recursive: true });
    await sh(`chown -R ${NOBODY} ${root}/own`);
    const code = `await store.createArea('a', []); await store.mount('a', { holder: 'x' });`;
    expect(await output(start(join(root, 'own'), code, nobody))).toMatch(/^PERMISSION_DENIED .*root/);
  });

  it('on a full disk get RESOURCE_EXHAUSTED, and the layer is gone', async () => {
    const { root } = use();
    const disk = join(root, 'disk');
    await mkdir(disk);
    await sh(`mount -t tmpfs -o size=8m tmpfs ${disk}`);
    const store = await openLayerStore(join(disk, 'store'));
    const tar = archive({ name: 'a' }, { name: 'b', content: Buffer.alloc(20_000_000, 1) }, { name: 'c' });
    await expect(store.ingest(streamOf(tar, 100_000))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'no space left on device',
    });
    expect(await store.listLayers()).toEqual([]);
    expect(await sh(`find ${disk}/store -type f -size +0`)).toBe('');
    expect(await store.ingest(streamOf(archive({ name: 'small', content: 'x' })))).toMatchObject({
      sizeBytes: 1,
    });
  });
});
