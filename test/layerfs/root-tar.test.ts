/** A directory as one flat tar. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readTar, rootTar } from '../../src/layerfs/index.ts';
import { bytesOf, run, sh, streamOf } from './archives.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'layerfs-root-'));
  await sh(
    `cd ${dir} && mkdir -p etc proc/1 var && echo hi > etc/f && ln etc/f etc/h && ln -s /etc/f var/l && echo x > "new
line" && touch "$(printf 'b\\377d')"`,
  );
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('has every object once, without a leading dot, and is readable for GNU tar', async () => {
  const server = createServer().listen(join(dir, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  const tar = await bytesOf(await rootTar(dir));
  server.close();
  const members = [];
  for await (const entry of readTar(streamOf(tar))) members.push([entry.name, entry.type, entry.linkName]);
  expect(members).toEqual([
    ['b\udcffd', 'file', ''],
    ['etc/', 'directory', ''],
    ['etc/f', 'file', ''],
    ['etc/h', 'hardlink', 'etc/f'],
    ['new\nline', 'file', ''],
    ['proc/', 'directory', ''],
    ['proc/1/', 'directory', ''],
    ['var/', 'directory', ''],
    ['var/l', 'symlink', '/etc/f'],
  ]);
  expect((await run('tar', ['-xO', 'etc/f'], tar)).toString()).toBe('hi\n');
});

it('leaves excluded paths out, with what is below them', async () => {
  const names = [];
  const tar = await rootTar(dir, { exclude: ['/proc', '/etc/f/'] });
  for await (const { name } of readTar(tar)) names.push(name);
  expect(names).toEqual(['b\udcffd', 'etc/', 'etc/h', 'new\nline', 'var/', 'var/l']);
});

it('ends with CANCELED when it is aborted, with INTERNAL when the directory is gone', async () => {
  const controller = new AbortController();
  await sh(`head -c 3000000 /dev/zero | tr '\\0' x > ${dir}/big`);
  const tar = await rootTar(dir, { signal: controller.signal });
  const reading = (async () => {
    for await (const _ of tar) controller.abort();
  })();
  await expect(reading).rejects.toMatchObject({ code: 'CANCELED' });
  const missing = bytesOf(await rootTar(join(dir, 'missing')));
  await expect(missing).rejects.toMatchObject({ name: 'LayerError' });
});

it('ends wherever the end mark stands in the records of GNU tar, however slowly it is read', async () => {
  // 64 KiB records: for some of these sizes the mark is cut in two, or a piece of padding is left behind it
  for (let blocks = 0; blocks <= 128; blocks += 4) {
    await writeFile(join(dir, 'var/big'), Buffer.alloc(4 * 2 ** 20 + blocks * 512, 'x'));
    let bytes = 0;
    for await (const chunk of await rootTar(dir)) {
      bytes += (chunk as Buffer).length;
      await new Promise((done) => setTimeout(done, 1));
    }
    expect(bytes).toBeGreaterThan(4 * 2 ** 20);
  }
}, 30_000);
