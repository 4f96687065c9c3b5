/** COPY --from: what makes a program more than its bytes stays with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTar } from '../../../src/layerfs/index.ts';
import { archive } from '../../layerfs/archives.ts';
import { runCommandLine } from '../../support/cli.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedStore } from '../../support/store.ts';

const CAPABILITY = Buffer.from('AQAAAgAgAAAAAAAAAAAAAAAAAAA=', 'base64'); // cap_net_raw=ep

describe.skipIf(!canRunContainers)('COPY --from', () => {
  const store = sharedStore();
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'boxtop-build-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
  });

  const ok = async (words: string[], stdin?: Buffer) => {
    const result = await runCommandLine(store.engine, words, stdin);
    expect(result).toMatchObject({ exitCode: 0 });
    return result.stderr + result.stdout;
  };

  /** An image whose program has a capability, or none. */
  async function commitProgram(xattrs: ReadonlyMap<string, Buffer>): Promise<void> {
    const id = await store.create(['true']);
    const program = { name: 'bin/program', content: '#!/bin/sh\n', mode: 0o4755, uid: 7, xattrs };
    await ok(
      ['cp', '-', `${id}:/`],
      archive(program, { name: 'bin/again', type: 'hardlink', linkName: 'bin/program' }),
    );
    await ok(['commit', id, 'source']);
  }

  it('keeps file capabilities, setuid and owners, also of a second name; a change of them is a change of the input', async () => {
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM busybox\nCOPY --from=source /bin/program /one\nCOPY --from=source /bin /all/\nCOPY --from=source --chown=8:9 /bin/program /owned\n',
    );
    await commitProgram(new Map([['security.capability', CAPABILITY]]));
    await ok(['build', '-t', 'built', folder]);
    const { Id } = await store.engine.containers.create({ Image: 'built', Cmd: ['true'] });
    const found = new Map<string, unknown>();
    for await (const { name, type, linkName, mode, uid, xattrs } of readTar(
      (await store.engine.containers.export(Id)) as Readable & AsyncIterable<Buffer>,
    ))
      found.set(
        name,
        type === 'hardlink'
          ? found.get(linkName)
          : [mode, uid, xattrs.get('security.capability')?.toString('base64')],
      );
    const capability = CAPABILITY.toString('base64');
    for (const name of ['one', 'all/again', 'all/program'])
      expect([name, found.get(name)]).toEqual([name, [0o4755, 7, capability]]);
    expect(found.get('owned')).toEqual([0o4755, 8, capability]);
    expect(await ok(['build', '-t', 'built', folder])).toMatch(
      /COPY --from=source \/bin\/program \/one\n#\d+ CACHED/,
    );
    await commitProgram(new Map());
    expect(await ok(['build', '-t', 'built', folder])).not.toMatch(
      /COPY --from=source \/bin\/program \/one\n#\d+ CACHED/,
    );
  });
});
