/** A container that exchanges what cp walks through for links to the host, at full speed, during hundreds of copies (CVE-2018-15664). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveDirectory } from '../../src/layerfs/index.ts';
import { archive, bytesOf, streamOf } from '../layerfs/archives.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore, until } from '../support/store.ts';

const ROUNDS = 120;
const SECRET = 'SECRET-OF-THE-HOST';

/** What a process of the container does, without a fork for each exchange: folder and file give way to links to the host. */
const EXCHANGE = `
  const fs = require('node:fs');
  const [work, outside] = process.argv.slice(1);
  process.chdir(work);
  const quietly = (fn) => { try { fn(); } catch {} };
  for (;;) {
    for (const [name, target] of [['d', outside], ['f', outside + '/secret']]) {
      quietly(() => fs.renameSync(name, name + '-away'));
      quietly(() => fs.symlinkSync(target, name));
      quietly(() => fs.unlinkSync(name));
      quietly(() => fs.renameSync(name + '-away', name));
    }
  }`;

describe.skipIf(!canRunContainers)('cp from and to a hostile container', () => {
  const store = sharedStore();
  let outside: string;
  let hostile: ChildProcess;
  let running: string;
  let stopped: string;

  beforeAll(async () => {
    outside = mkdtempSync(join(tmpdir(), 'boxtop-outside-'));
    writeFileSync(join(outside, 'secret'), SECRET);
    mkdirSync(join(outside, 'below'));
    const { volumes, containers } = store.engine;
    await volumes.create({ Name: 'shared' });
    await volumes.create({ Name: 'inner' });
    const binds = ['shared:/work'];
    const script = `mkdir -p ${outside}; echo inside >${outside}/secret; cd /work; mkdir d; echo inside >d/secret; echo inside >f; touch ready;
      while :; do mv d e; ln -s ${outside} d; rm d; mv e d; done 2>/dev/null`;
    running = await store.create(['sh', '-c', script], { HostConfig: { Binds: binds } });
    // mounts below what the hostile one can exchange
    stopped = await store.create(['true'], { HostConfig: { Binds: [...binds, 'inner:/work/d'] } });
    await containers.start(running);
    await until(() =>
      containers
        .statPath(running, '/work/ready')
        .then(() => true)
        .catch(() => false),
    );
    const { State } = (await containers.inspect(running)) as unknown as { State: { Pid: number } };
    const work = `/proc/${State.Pid}/root/work`;
    hostile = spawn(process.execPath, ['-e', EXCHANGE, work, outside], { stdio: 'ignore' });
  });

  afterAll(async () => {
    hostile.kill('SIGKILL');
    await once(hostile, 'close');
    rmSync(outside, { recursive: true });
  });

  /** What cp out of the container brings; '' when the path was away just then. */
  async function copied(id: string, path: string, followLink: boolean): Promise<string> {
    try {
      const { stream } = await store.engine.containers.readArchive(id, path, { followLink });
      return (await bytesOf(stream)).toString('latin1');
    } catch {
      return '';
    }
  }

  it('reads nothing of the host', async () => {
    let read = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = round % 4 === 3 ? stopped : running;
      const path = ['/work/d', '/work/d/secret', '/work/f', '/work/d/.', '/work'][round % 5]!;
      const text = await copied(id, path, round % 2 === 0);
      if (text.includes('inside')) read += 1;
      expect(text).not.toContain(SECRET);
    }
    expect(read, 'copies that found something').toBeGreaterThan(0);
  });

  it('writes nothing of the host, names, content, owners and attributes', async () => {
    const xattrs = new Map([['user.evil', Buffer.from('1')]]);
    const plain = archive(
      { name: 'd/', mode: 0o777, uid: 4242 },
      { name: 'd/new', content: 'written' },
      { name: 'd/secret', content: 'written', uid: 4242 },
      { name: 'd/below/', mode: 0o777, uid: 4242 },
      { name: 'd/pipe', type: 'fifo', mode: 0o777, uid: 4242 },
      { name: 'd/hard', type: 'hardlink', linkName: 'd/secret' },
    );
    const attributed = archive(
      { name: 'd/', mode: 0o777, uid: 4242, xattrs },
      { name: 'f', content: 'written', mode: 0o777, uid: 4242, xattrs },
      { name: 'd/secret', content: 'written', mode: 0o777, uid: 4242, xattrs },
    );
    let written = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = round % 4 === 3 ? stopped : running;
      const folder = round % 3 === 0 ? '/work/d' : '/work';
      const data = round % 2 === 0 ? attributed : plain;
      await store.engine.containers
        .writeArchive(id, folder, streamOf(data))
        .then(() => (written += 1))
        .catch(() => {}); // it was away just then
    }
    expect(written, 'copies that arrived').toBeGreaterThan(0);
    expect(readdirSync(outside).sort()).toEqual(['below', 'secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe(SECRET);
    for (const name of ['', 'secret', 'below']) {
      const { uid, mode } = statSync(join(outside, name));
      expect([name, uid, mode & 0o002]).toEqual([name, 0, 0]);
    }
    for await (const { name, xattrs: found } of archiveDirectory(outside))
      expect([name, [...found.keys()]]).toEqual([name, []]);
  });
});
