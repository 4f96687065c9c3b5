import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { BuildOptions } from '../../../src/engine/index.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { type Built, type Files, sharedBuilder } from './builder.ts';
import { forgetReplays, isTold, SETTLED_MS } from './told.ts';

const titles = ({ events }: Built) => events.map((event) => ({ ...event, durationMs: undefined }));

describe.skipIf(!canRunContainers)('a build with the inputs of an earlier one', () => {
  const builder = sharedBuilder();
  const TREE = { 'a.txt': 'a', 'sub/b.txt': 'b', link: '-> a.txt', 'left-out': '1' };
  const COPY = { ...TREE, '.dockerignore': 'left-out\n', Dockerfile: 'FROM busybox\nCOPY . /x\nENV A=1' };
  const contexts = new Map<string, string>();
  const context = (name: string) => contexts.get(name)!;

  /** Builds twice: the second is told, and says what a build says that finds all in the cache. */
  async function learned(name: string, options: Partial<BuildOptions> = {}): Promise<Built> {
    const first = await builder.build(context(name), options);
    const told = await builder.build(context(name), options);
    forgetReplays(builder.store.root);
    const cached = await builder.build(context(name), options);
    expect([told, cached].map(isTold)).toEqual([true, false]);
    expect(cached.ran).toEqual([]);
    expect(titles(told)).toEqual(titles(cached));
    expect(told.imageId).toBe(first.imageId);
    return told;
  }

  beforeAll(async () => {
    const files: Record<string, Files> = {
      ...Object.fromEntries(
        'same content mode name link type ignored prune damage removed tags labels'
          .split(' ')
          .map((name) => [name, COPY]),
      ),
      dockerfile: COPY,
      ignore: COPY,
      base: { ...TREE, Dockerfile: 'FROM moving\nCOPY a.txt /\n' },
      source: { ...TREE, Dockerfile: 'FROM busybox\nCOPY --from=moving /etc/passwd /p\n' },
      args: { ...TREE, Dockerfile: 'FROM busybox\nARG V=1\nCOPY a.txt /$V\n' },
      stages: {
        ...TREE,
        Dockerfile: 'FROM busybox AS one\nCOPY a.txt /\nFROM busybox AS two\nCOPY --from=one /a.txt /c\n',
      },
      fresh: { Dockerfile: 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /u\n' },
      run: { ...TREE, Dockerfile: 'FROM busybox\nRUN --mount=target=/in cp /in/a.txt /c\n' },
    };
    for (const [name, content] of Object.entries(files)) contexts.set(name, builder.context(content));
    const youngest = Math.max(...[...contexts.values()].flatMap(changeTimes));
    await vi.waitUntil(() => Date.now() - youngest > SETTLED_MS);
  });

  it('is told again, with its names, its events and the uses of its steps', async () => {
    const { engine } = builder.store;
    const uses = async () =>
      (await engine.system.diskUsage({})).BuildCache.Items.filter(({ Description }) =>
        Description.startsWith('COPY . /x'),
      ).map(({ UsageCount }) => UsageCount);
    const told = await learned('same', { tags: ['first'] });
    const [before = 0] = await uses();
    const again = await builder.build(context('same'), { tags: ['second', 'third:3'] });
    expect(isTold(again)).toBe(true);
    expect(await uses()).toEqual([before + 1]);
    for (const name of ['first', 'second', 'third:3'])
      expect((await engine.images.inspect(name)).Id).toBe(told.imageId);
    expect(again.events.at(-2)).toMatchObject({ label: 'naming to docker.io/library/third:3' });
  });

  it('looks at the content of files, not at their times', async () => {
    const told = await learned('content');
    const file = join(context('content'), 'a.txt');
    const { atime, mtime } = lstatSync(file);
    writeFileSync(file, 'z');
    utimesSync(file, atime, mtime);
    const changed = await builder.build(context('content'));
    expect(changed.imageId).not.toBe(told.imageId);
    writeFileSync(file, 'a');
    expect((await builder.build(context('content'))).imageId).toBe(told.imageId);
  });

  it.each<[string, (folder: string) => void]>([
    ['mode', (folder) => chmodSync(join(folder, 'a.txt'), 0o600)],
    ['name', (folder) => renameSync(join(folder, 'a.txt'), join(folder, 'c.txt'))],
    ['link', (folder) => relink(join(folder, 'link'), 'sub/b.txt')],
    ['type', (folder) => become(join(folder, 'sub/b.txt'))],
    ['ignore', (folder) => writeFileSync(join(folder, '.dockerignore'), 'left-out\nsub\n')],
    ['dockerfile', (folder) => writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox\nCOPY . /y\n')],
  ])('sees a change of %s', async (name, change) => {
    const told = await learned(name);
    change(context(name));
    const changed = await builder.build(context(name));
    expect(isTold(changed)).toBe(false);
    expect(changed.imageId).not.toBe(told.imageId);
  });

  it('sees no change of what is left out', async () => {
    const told = await learned('ignored');
    writeFileSync(join(context('ignored'), 'left-out'), '2');
    const again = await builder.build(context('ignored'));
    expect(isTold(again)).toBe(true);
    expect(again.imageId).toBe(told.imageId);
  });

  it.each(['base', 'source'])('sees that the name of its %s image is another one’s now', async (name) => {
    const { engine } = builder.store;
    await engine.images.tag('busybox', 'moving');
    const told = await learned(name);
    const { imageId } = await builder.build(
      { Dockerfile: `FROM busybox\nRUN echo ${name} >> /etc/passwd` },
      { tags: ['moving'] },
    );
    expect(imageId).not.toBe('');
    const changed = await builder.build(context(name));
    expect(isTold(changed)).toBe(false);
    expect(changed.imageId).not.toBe(told.imageId);
  });

  it('is another build with other arguments, labels or target', async () => {
    const { imageId } = await learned('args');
    const other = await builder.build(context('args'), { buildArgs: { V: '2' } });
    expect(other.imageId).not.toBe(imageId);
    const labels = await learned('labels', { labels: { a: '1' } });
    expect((await builder.build(context('labels'), { labels: { a: '2' } })).imageId).not.toBe(labels.imageId);
    const two = await learned('stages');
    const one = await learned('stages', { target: 'one' });
    expect(one.imageId).not.toBe(two.imageId);
    expect((await builder.build(context('stages'))).imageId).toBe(two.imageId);
  });

  it('knows files that only a mount reads', async () => {
    const told = await learned('run');
    writeFileSync(join(context('run'), 'a.txt'), 'z');
    expect((await builder.build(context('run'))).imageId).not.toBe(told.imageId);
  });

  it('does the work when it is told to, and goes on from what it made', async () => {
    const { imageId } = await learned('fresh');
    const fresh = await builder.build(context('fresh'), { noCache: true });
    expect(fresh.imageId).not.toBe(imageId);
    expect((await builder.build(context('fresh'))).imageId).toBe(fresh.imageId);
    expect((await learned('fresh')).imageId).toBe(fresh.imageId);

    await learned('tags');
    expect((await builder.build(context('tags'), { noCache: true })).ran).toHaveLength(1);
    const secret = await builder.build(context('tags'), { secrets: { s: { value: Buffer.from('1') } } });
    expect(isTold(secret)).toBe(false);
  });

  it('is built when its image, its steps or its layers are gone', async () => {
    const { engine, root } = builder.store;
    const removed = await learned('removed', { tags: ['removed'] });
    await engine.images.remove('removed');
    const rebuilt = await builder.build(context('removed'), { tags: ['removed'] });
    expect(isTold(rebuilt)).toBe(false);
    expect(rebuilt.imageId).toBe(removed.imageId);

    await learned('damage', { labels: { damage: '1' } });
    const layers = join(root, 'layers/layers');
    const [newest] = readdirSync(layers).sort(
      (a, b) => lstatSync(join(layers, b)).ctimeMs - lstatSync(join(layers, a)).ctimeMs,
    );
    const aside = join(root, 'aside');
    renameSync(join(layers, newest!), aside);
    const images = await Promise.all(
      ['damage', 'removed'].map((name) => builder.build(context(name), { labels: { damage: '1' } })),
    );
    expect(images.some(isTold)).toBe(false);
    rmSync(aside, { recursive: true });

    await learned('prune', { tags: ['kept'] });
    await engine.builder.prune({ all: true });
    expect((await builder.build(context('prune'))).ran).toHaveLength(1);
  });

  it('is never told when something comes from elsewhere', async () => {
    const server = createServer((_request, response) => response.end('1')).listen(0, '127.0.0.1');
    try {
      await expect.poll(() => server.listening).toBe(true);
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
      const folder = builder.context({ Dockerfile: `FROM busybox\nADD ${url} /f\n` });
      for (let i = 0; i < 3; i += 1) expect(isTold(await builder.build(folder))).toBe(false);
    } finally {
      server.close();
    }
  });
});

/** Milliseconds since 1970, of everything in a folder. */
const changeTimes = (folder: string): number[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
    (path) => lstatSync(join(folder, path)).ctimeMs,
  );

function relink(path: string, target: string): void {
  unlinkSync(path);
  symlinkSync(target, path);
}

/** A folder in a file's place. */
function become(path: string): void {
  unlinkSync(path);
  mkdirSync(path);
}
