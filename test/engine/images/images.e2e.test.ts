import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../../src/engine/context.ts';
import { recordImage } from '../../../src/engine/images/create.ts';
import { storeLayer } from '../../../src/engine/images/layers.ts';
import { imageDocuments, tagTimes } from '../../../src/engine/images/records.ts';
import { type ContainerRecord, type Engine, finish, openEngine } from '../../../src/engine/index.ts';
import { openDocuments } from '../../../src/engine/state/documents.ts';
import { eventsAfter } from '../../../src/engine/state/events.ts';
import { openState, type State } from '../../../src/engine/state/state.ts';
import { openLayerStore } from '../../../src/layerfs/index.ts';
import { makeTar } from '../../support/images.ts';
import { canMount } from '../../support/requirements.ts';

describe.skipIf(!canMount)('images of a store', () => {
  let root: string;
  let engine: Engine;
  let state: State;
  let ctx: Context;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'boxtop-images-'));
    engine = openEngine({ root });
    state = openState(engine.paths.database);
    const layers = openLayerStore(engine.paths.layers);
    ctx = { paths: engine.paths, state, self: [], layers: async () => layers };
  });
  afterEach(async () => {
    state.close();
    await engine.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** Of archives, configurations and unpacked files. */
  const bytesOfFiles = () => {
    const folders = ['content/blobs', 'layers/layers'].map((name) => join(root, name));
    const found = execFileSync('find', [
      ...folders,
      '-type',
      'f',
      '!',
      '-name',
      'layer.json',
      '-printf',
      '%s\n',
    ]);
    return found
      .toString()
      .trim()
      .split('\n')
      .reduce((sum, bytes) => sum + Number(bytes), 0);
  };
  const tar = (text: string) => makeTar([{ name: 'file', content: text }]);
  const importTar = async (bytes: Buffer, reference?: string, changes: string[] = []) =>
    (await finish(engine.images.import(Readable.from([bytes]), { reference, changes }))).imageId;
  const short = (id: string) => id.slice(7, 19);
  const blobs = () => readdirSync(join(engine.paths.content, 'blobs/sha256'));

  /** What every record of a container has. */
  const NO_MATTER = {
    ...{
      Created: '',
      Path: '',
      Args: [],
      Platform: 'linux',
      Layers: [],
      Config: { Image: '' },
      HostConfig: {},
    },
    ...{ Mounts: [], NetworkSettings: { Ports: {}, Networks: {} }, AnonymousVolumes: [], ExecIDs: [] },
  };

  /** A container of an image; only its record, which is all that counts here. */
  function container(id: string, image: string, isRunning: boolean): string {
    const full = id.padEnd(64, '0');
    const State = { Status: isRunning ? 'running' : 'created', Running: isRunning, StartedAt: '' };
    const record = { ...NO_MATTER, Id: full, Name: id, Image: image, State };
    openDocuments<ContainerRecord>(state, 'container').put(full, record as unknown as ContainerRecord);
    return full;
  }

  /** A child with one layer more, as commit and build make it. */
  async function child(parentId: string, text: string, reference?: string) {
    const parent = imageDocuments(ctx).get(parentId)!;
    const layer = await storeLayer(ctx, Readable.from([tar(text)]));
    const config = {
      ...parent.config,
      rootfs: { type: 'layers' as const, diff_ids: [...parent.config.rootfs.diff_ids, layer.diffId] },
      history: [
        ...parent.config.history!,
        { created: new Date().toISOString(), created_by: `write ${text}` },
      ],
    };
    return recordImage(ctx, { config, layers: [...parent.layers, layer], parent: parentId, reference });
  }

  it.each([
    ['plain', (file: string) => readFileSync(file)],
    ['gzip', (file: string) => execFileSync('gzip', ['-c', file])],
    ['xz', (file: string) => execFileSync('xz', ['-c', file])],
    ['bzip2', (file: string) => execFileSync('bzip2', ['-c', file])],
  ])('imports a %s tar', async (_, pack) => {
    const file = join(root, 'image.tar');
    writeFileSync(file, tar('hello'));
    const id = await importTar(pack(file), 'team/app:1', ['CMD ["sh"]', 'ENV A=1', 'LABEL x=y', 'EXPOSE 80']);
    expect(await engine.images.inspect('team/app:1')).toMatchObject({
      Id: id,
      RepoTags: ['team/app:1'],
      Config: { Cmd: ['sh'], Env: ['A=1'], Labels: { x: 'y' }, ExposedPorts: { '80/tcp': {} } },
      RootFS: { Type: 'layers', Layers: [expect.stringMatching(/^sha256:/)] },
      Size: 5,
    });
    expect(await engine.images.history(id)).toMatchObject([
      { Id: id, Comment: 'Imported from -', Size: 5, Tags: ['team/app:1'] },
    ]);
  });

  it('imports nothing that is no archive, and leaves nothing of it', async () => {
    await expect(importTar(Buffer.from('this is no tar archive'.repeat(100)))).rejects.toThrow();
    await expect(importTar(tar('x'), 'UPPER')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(importTar(tar('x'), 'a', ['RUN x'])).rejects.toThrow('run is not a valid change command');
    expect(await engine.images.list()).toEqual([]);
    await engine.images.prune();
    expect(blobs()).toEqual([]);
  });

  it('are found by name, id and id prefix, names first', async () => {
    const id = await importTar(tar('a'), 'app:1');
    for (const name of ['app:1', 'docker.io/library/app:1', id, id.slice(7), short(id), id.slice(7, 10)]) {
      expect((await engine.images.inspect(name)).Id).toBe(id);
    }
    await expect(engine.images.inspect('app')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'No such image: app:latest',
    });
    await engine.images.tag(id, 'other');
    const named = await importTar(tar('b'), short(id));
    expect((await engine.images.inspect(short(id))).Id).toBe(named);
  });

  it('are listed newest first and filtered', async () => {
    const one = await importTar(tar('1'), 'one:1', ['LABEL who=me']);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const two = await importTar(tar('2'));
    const ids = async (filters: Record<string, string[]>) =>
      (await engine.images.list({ filters })).map(({ Id }) => Id);
    expect(await ids({})).toEqual([two, one]);
    expect(await ids({ dangling: ['true'] })).toEqual([two]);
    expect(await ids({ dangling: ['false'] })).toEqual([one]);
    expect(await ids({ label: ['who=me'] })).toEqual([one]);
    expect(await ids({ label: ['who', 'other'] })).toEqual([]);
    expect(await ids({ reference: ['on*'] })).toEqual([one]);
    expect(await ids({ before: [two] })).toEqual([one]);
    expect(await ids({ since: ['one:1'] })).toEqual([two]);
    await expect(ids({ nonsense: ['1'] })).rejects.toThrow("Invalid filter 'nonsense'");
  });

  it('tell when they last got a name, and forget it with the image', async () => {
    const tagTime = async () => (await engine.images.inspect(id)).Metadata.LastTagTime;
    const startMs = Date.now();
    const id = await importTar(tar('a'));
    expect(await tagTime()).toBe('0001-01-01T00:00:00Z');
    await engine.images.tag(id, 'app:1');
    const first = await tagTime();
    expect(Date.parse(first)).toBeGreaterThanOrEqual(startMs);
    await vi.waitUntil(() => Date.now() > Date.parse(first));
    await engine.images.tag(id, 'app:1'); // the same name again counts, too
    expect(Date.parse(await tagTime())).toBeGreaterThan(Date.parse(first));
    await engine.images.remove(id);
    expect(tagTimes(ctx).all()).toEqual([]);
  });

  it('lose a tag, then everything with the last one', async () => {
    const id = await importTar(tar('a'), 'app:1');
    await engine.images.tag('app:1', 'app:2');
    expect(await engine.images.remove('app:1')).toEqual([{ Untagged: 'app:1' }]);
    const layer = (await engine.images.inspect(id)).RootFS.Layers[0]!;
    expect(await engine.images.remove('app:2')).toEqual([
      { Untagged: 'app:2' },
      { Deleted: id },
      { Deleted: layer },
    ]);
    expect(blobs()).toEqual([]);
    expect(await (await ctx.layers()).listLayers()).toEqual([]);
    expect(eventsAfter(state, 0).map(({ event }) => event.Action)).toEqual([
      'tag',
      'import',
      'tag',
      'untag',
      'untag',
      'delete',
    ]);
  });

  it('in several repositories are removed by id only with force', async () => {
    const id = await importTar(tar('a'), 'app:1');
    await engine.images.tag('app:1', 'other:1');
    await expect(engine.images.remove(id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `conflict: unable to delete ${short(id)} (must be forced) - image is referenced in multiple repositories`,
    });
    const removed = await engine.images.remove(short(id), { force: true });
    expect(removed.slice(0, 3)).toEqual([{ Untagged: 'app:1' }, { Untagged: 'other:1' }, { Deleted: id }]);
  });

  it("that containers use are refused with Docker's words", async () => {
    const id = await importTar(tar('a'), 'app:1');
    const stopped = container('aaaa', id, false);
    await expect(engine.images.remove('app:1')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `conflict: unable to remove repository reference "app:1" (must force) - container ${stopped.slice(0, 12)} is using its referenced image ${short(id)}`,
    });
    await expect(engine.images.remove(id)).rejects.toThrow(
      `conflict: unable to delete ${short(id)} (must be forced) - image is being used by stopped container ${stopped.slice(0, 12)}`,
    );
    const running = container('bbbb', id, true);
    await expect(engine.images.remove(id, { force: true })).rejects.toThrow(
      `conflict: unable to delete ${short(id)} (cannot be forced) - image is being used by running container ${running.slice(0, 12)}`,
    );
    // The name may go by force; the image stays for its container.
    expect(await engine.images.remove('app:1', { force: true })).toEqual([{ Untagged: 'app:1' }]);
    expect((await engine.images.list())[0]).toMatchObject({ Id: id, RepoTags: [], Containers: 2 });
  });

  it('with children are kept; a child takes its unnamed parents along, but no shared layer', async () => {
    const base = await importTar(tar('base'));
    const middle = await child(base, 'middle');
    const top = await child(middle.Id, 'top', 'top:1');
    await expect(engine.images.remove(base, { force: true })).rejects.toThrow(
      '(cannot be forced) - image has dependent child images',
    );
    expect((await engine.images.list()).map(({ Id }) => Id)).toEqual([top.Id]);
    expect(await engine.images.list({ all: true })).toHaveLength(3);
    const items = await engine.images.history('top:1');
    expect(items.map(({ Id }) => Id)).toEqual([top.Id, middle.Id, base]);
    const same = await importTar(tar('base'), 'same:1', ['CMD ["x"]']);
    const removed = await engine.images.remove('top:1');
    expect(
      removed
        .filter((item) => 'Deleted' in item)
        .map((item) => item.Deleted)
        .slice(0, 3),
    ).toEqual([top.Id, middle.Id, base]);
    expect(removed).toHaveLength(1 + 3 + 2);
    expect(await (await ctx.layers()).listLayers()).toHaveLength(1);
    expect((await engine.images.list()).map(({ Id }) => Id)).toEqual([same]);
  });

  it('are pruned: dangling ones, or all that no container uses', async () => {
    const used = await importTar(tar('used'), 'used:1');
    container('aaaa', used, false);
    await importTar(tar('named'), 'named:1');
    const dangling = await importTar(tar('dangling'));
    const before = bytesOfFiles();
    const first = await engine.images.prune();
    expect(first.ImagesDeleted[0]).toEqual({ Deleted: dangling });
    expect(first.SpaceReclaimed).toBe(before - bytesOfFiles());
    const second = await engine.images.prune({ all: true });
    expect(second.ImagesDeleted[0]).toEqual({ Untagged: 'named:1' });
    expect((await engine.images.list()).map(({ Id }) => Id)).toEqual([used]);
  });

  it('keep a layer that is just being made while others are collected', async () => {
    const layer = await storeLayer(ctx, Readable.from([tar('new')]));
    await engine.images.prune();
    const config = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers' as const, diff_ids: [layer.diffId] },
    };
    const record = recordImage(ctx, { config, layers: [layer], reference: 'new:1' });
    expect((await engine.images.remove('new:1')).at(1)).toEqual({ Deleted: record.Id });
    expect(blobs()).toEqual([]);
  });

  it('refuse names that are none', async () => {
    const id = await importTar(tar('a'), 'app:1');
    await expect(engine.images.tag(id, `x@sha256:${'a'.repeat(64)}`)).rejects.toThrow(
      'refusing to create a tag with a digest reference',
    );
    await expect(engine.images.tag(id, 'sha256:abc')).rejects.toThrow('digest algorithm as name');
    await expect(engine.images.tag(id, 'a'.repeat(64).replaceAll('a', 'f'))).rejects.toThrow(
      '64-byte hexadecimal',
    );
    await expect(engine.images.tag('nothing', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
