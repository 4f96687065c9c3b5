import { describe, expect, it } from 'vitest';
import { finish } from '../../../src/engine/index.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedBuilder } from './builder.ts';

describe.skipIf(!canRunContainers)('steps that ran again', () => {
  const builder = sharedBuilder();
  // the layer of stage a is in no image; each run of its step makes another
  const folder = () =>
    builder.context({
      Dockerfile:
        'FROM busybox AS a\nRUN cat /proc/sys/kernel/random/uuid > /a\nFROM busybox\nCOPY --from=a /etc/group /g',
    });
  const problems = async () => (await finish(builder.store.engine.system.check())).Problems;

  it('leave nothing of the run before', async () => {
    const path = folder();
    await builder.build(path);
    await builder.build(path, { noCache: true });
    expect(await problems()).toEqual([]);
    expect((await builder.build(path)).ran).toEqual([]);
  });

  it('leave nothing that pruning would not find, of builds at the same time', async () => {
    const path = folder();
    await Promise.all([1, 2, 3].map(() => builder.build(path, { noCache: true })));
    await builder.store.engine.builder.prune();
    expect(await problems()).toEqual([]);
  });
});
