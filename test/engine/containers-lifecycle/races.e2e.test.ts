import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { codeOf, finish, openEngine } from '../../../src/engine/index.ts';
import { openLayerStore } from '../../../src/layerfs/index.ts';
import { makeTar } from '../../support/images.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedStore, until } from '../../support/store.ts';

const descriptors = () => readdirSync('/proc/self/fd').length;

describe.skipIf(!canRunContainers)('many things at once', () => {
  const store = sharedStore();

  const runOne = async (word: string) => {
    const { stdout, code } = await store.run(['echo', word], { HostConfig: { AutoRemove: true } });
    expect([stdout, code]).toEqual([`${word}\n`, 0]);
  };

  it('run twelve containers, each with its own output, and remove them', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => runOne(`word ${i}`)));
    await until(async () => (await store.engine.containers.list({ all: true })).length === 0);
    expect(readdirSync(join(store.root, 'containers'))).toEqual([]);
    expect(readdirSync(join(store.root, 'run', 'containers'))).toEqual([]);
    expect(readdirSync(join(store.root, 'run', 'runtime'))).toEqual([]);
  });

  it('leave no file open', async () => {
    await runOne('first');
    const before = descriptors();
    for (let i = 0; i < 15; i += 1) await runOne(`again ${i}`);
    await until(() => descriptors() <= before);
  });

  it('happen to one container, one after the other', async () => {
    const { containers } = store.engine;
    const id = await store.create(['sleep', '100'], {}, 'one');
    const starts = [containers.start(id), containers.start(id), containers.start(id)];
    await Promise.all([...starts, containers.rename(id, 'two'), containers.inspect(id)]);
    expect(await containers.inspect('two')).toMatchObject({ State: { Status: 'running' } });
    const ends = await Promise.allSettled([
      containers.remove(id, { force: true }),
      containers.remove(id, { force: true }),
      containers.stop(id, { timeout: 0 }),
      containers.kill(id),
    ]);
    for (const end of ends) {
      if (end.status === 'rejected') expect(['NOT_FOUND', 'CONFLICT']).toContain(codeOf(end.reason));
    }
    expect(await containers.list({ all: true })).toEqual([]);
  });

  it('do not wait for the grace time of a stop', async () => {
    const { containers } = store.engine;
    const deaf = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'];
    const id = await store.create(deaf);
    const end: Record<string, () => Promise<void>> = {
      kill: () => containers.kill(id),
      remove: () => containers.remove(id, { force: true }),
    };
    for (const how of ['kill', 'remove']) {
      await containers.start(id);
      const stopping = containers.stop(id, { timeout: 60 });
      await sleep(100);
      await containers.rename(id, `deaf-${how}`);
      await end[how]!();
      await stopping;
    }
    expect(await containers.list({ all: true })).toEqual([]);
    const other = await store.create(deaf);
    await containers.start(other);
    const restarting = containers.restart(other, { timeout: 60 });
    await sleep(100);
    await Promise.allSettled([containers.remove(other, { force: true }), restarting]);
    expect(await containers.list({ all: true })).toEqual([]);
  });

  it('make a container of an image that another process removes: it has all of it, or is none', async () => {
    const other = openEngine({ root: store.root });
    const layers = await openLayerStore(join(store.root, 'layers'));
    const before = (await layers.listLayers()).length;
    for (let round = 0; round < 16; round += 1) {
      const tar = makeTar([{ name: 'file', content: `round ${round}` }]);
      await finish(store.engine.images.import(Readable.from([tar]), { reference: 'passing' }));
      const [created, removed] = await Promise.allSettled([
        sleep(round % 3).then(() => store.engine.containers.create({ Image: 'passing', Cmd: ['x'] })),
        sleep(round % 5).then(() => other.images.remove('passing', { force: round % 2 === 0 })),
      ]);
      if (created.status === 'rejected') expect(codeOf(created.reason)).toBe('NOT_FOUND');
      else {
        const { Id } = created.value;
        const chunks = await (await store.engine.containers.export(Id)).toArray();
        expect(Buffer.concat(chunks).includes(`round ${round}`)).toBe(true);
        await store.engine.containers.remove(Id);
      }
      if (removed.status === 'rejected') {
        expect(codeOf(removed.reason)).toBe('CONFLICT');
        await other.images.remove('passing', { force: true });
      }
      expect(await layers.listLayers()).toHaveLength(before);
    }
    await other.close();
  });

  it('give a name to one of two containers, and leave nothing of the other', async () => {
    const body = { Volumes: { '/anonymous': {} } };
    const made = await Promise.allSettled([1, 2].map(() => store.create(['x'], body, 'wanted')));
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(made.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'CONFLICT', message: expect.stringContaining('"/wanted" is already in use') },
    });
    expect(await store.engine.volumes.list()).toHaveLength(1);
    expect(readdirSync(join(store.root, 'containers'))).toHaveLength(1);
    await store.engine.containers.remove('wanted', { volumes: true });
    expect(await store.engine.volumes.list()).toEqual([]);
  });

  it('leave nothing of an --rm container that could not be started', async () => {
    const id = await store.create(['nosuch'], {
      HostConfig: { AutoRemove: true },
      Volumes: { '/anonymous': {} },
    });
    await expect(store.engine.containers.start(id)).rejects.toMatchObject({ exitCode: 127 });
    expect(await store.engine.containers.list({ all: true })).toEqual([]);
    expect(await store.engine.volumes.list()).toEqual([]);
    const kept = await store.create(['nosuch']);
    await expect(store.engine.containers.start(kept)).rejects.toMatchObject({ exitCode: 127 });
    expect(await store.engine.containers.inspect(kept)).toMatchObject({
      State: { Status: 'created', ExitCode: 127 },
    });
    await store.engine.containers.remove(kept);
  });
});
