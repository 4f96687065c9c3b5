import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ENGINE_VERSION } from '../../../src/engine/engine-version.ts';
import type { BuildOptions } from '../../../src/engine/index.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { type Files, sharedBuilder } from './builder.ts';
import { forgetReplays, isTold, query, SETTLED_MS } from './told.ts';

describe.skipIf(!canRunContainers)('a build that is told', () => {
  const builder = sharedBuilder();

  /** A context that was built, so that the next build of it is told. */
  async function learned(files: Files, options: Partial<BuildOptions> = {}) {
    const folder = builder.context(files);
    const { ctimeMs } = lstatSync(join(folder, 'Dockerfile'));
    await vi.waitUntil(() => Date.now() - ctimeMs > SETTLED_MS);
    const first = await builder.build(folder, options);
    expect(isTold(await builder.build(folder, options))).toBe(true);
    return { folder, imageId: first.imageId };
  }

  const rows = (sql: string, ...values: string[]) => query(builder.store.root, sql, ...values);

  it('is the newest one, also when a step that was made again gave the same layer', async () => {
    const { folder, imageId } = await learned({ Dockerfile: 'FROM busybox\nRUN true\n' });
    const fresh = await builder.build(folder, { noCache: true });
    expect(fresh.imageId).not.toBe(imageId);
    expect((await builder.build(folder)).imageId).toBe(fresh.imageId);
  });

  it('is not the one whose stages ran the same step at the same time: the cache has one result of it', async () => {
    const stage = (name: string) => `FROM busybox AS ${name}\nRUN cat /proc/sys/kernel/random/uuid > /id\n`;
    const copies = 'FROM busybox\nCOPY --from=a /id /a\nCOPY --from=b /id /b\n';
    const folder = builder.context({ Dockerfile: `${stage('a')}${stage('b')}${copies}` });
    await builder.build(folder);
    const second = await builder.build(folder);
    forgetReplays(builder.store.root);
    expect((await builder.build(folder)).imageId).toBe(second.imageId);
  });

  it('removes what builds left that were killed', async () => {
    const { folder } = await learned({ Dockerfile: 'FROM busybox\nENV KILLED=1\n' });
    const left = join(builder.store.root, 'build', 'context-left');
    mkdirSync(left, { recursive: true });
    const note = { name: left, isArea: false, pid: 1, started: 'long ago' };
    rows("INSERT INTO documents VALUES ('build-scratch', ?, ?)", left, JSON.stringify(note));
    // of a container that is gone already
    rows(
      "INSERT INTO documents VALUES ('build-container', 'gone', ?)",
      JSON.stringify({ ...note, Id: 'gone' }),
    );
    expect(isTold(await builder.build(folder))).toBe(true);
    expect(existsSync(left)).toBe(false);
    expect(rows("SELECT id FROM documents WHERE kind IN ('build-scratch', 'build-container')")).toEqual([]);
  });

  it('says what it could not remove, and goes on', async () => {
    const { folder } = await learned({ Dockerfile: 'FROM busybox\nENV BUSY=1\n' });
    const left = join(builder.store.root, 'build', 'context-busy');
    const busy = join(left, 'busy');
    mkdirSync(busy, { recursive: true });
    const note = { name: left, isArea: false, pid: 1, started: 'long ago' };
    rows("INSERT INTO documents VALUES ('build-scratch', ?, ?)", left, JSON.stringify(note));
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', busy]);
    try {
      const built = await builder.build(folder);
      expect(isTold(built)).toBe(true);
      expect(built.events[0]).toEqual({
        type: 'warning',
        message: expect.stringMatching(`^${left} of a build that was killed can't be removed: .*busy`),
      });
    } finally {
      execFileSync('umount', [busy]);
    }
    expect((await builder.build(folder)).events.map(({ type }) => type)).not.toContain('warning');
    expect(existsSync(left)).toBe(false);
  });

  it('is named as it was asked for this time', async () => {
    const { folder, imageId } = await learned(
      { Dockerfile: 'FROM busybox\nENV NAMED=1\n' },
      { tags: ['named'] },
    );
    const again = await builder.build(folder, { tags: ['named:2', 'localhost:5000/named'] });
    expect(isTold(again)).toBe(true);
    const { RepoTags } = await builder.store.engine.images.inspect(imageId);
    expect(RepoTags).toEqual(
      expect.arrayContaining(['named:latest', 'named:2', 'localhost:5000/named:latest']),
    );
    await expect(builder.build(folder, { tags: ['Named'] })).rejects.toThrow('must be lowercase');
  });

  it('is built when a layer of another stage or the image’s configuration is gone', async () => {
    const { folder, imageId } = await learned({
      Dockerfile: 'FROM busybox AS one\nRUN echo 1 > /1\nFROM busybox\nCOPY --from=one /1 /2\n',
    });
    const blob = join(builder.store.root, 'content/blobs/sha256', imageId.replace('sha256:', ''));
    rmSync(blob);
    expect((await builder.build(folder)).imageId).toBe(imageId);
    expect(existsSync(blob)).toBe(true);

    const [step] = rows(
      "SELECT body ->> '$.layer.diffId' AS diffId FROM documents WHERE kind = 'build-cache' AND body ->> '$.createdBy' LIKE '%> /1 %'",
    );
    const hex = String(step!['diffId']).replace('sha256:', '');
    rmSync(join(builder.store.root, 'layers/layers', hex), { recursive: true });
    expect((await builder.build(folder)).ran).toHaveLength(1);
  });

  it('has no build arguments in its record', async () => {
    const buildArgs = { HTTP_PROXY: 'http://user:hunter2@proxy', UNUSED: 'hunter2' };
    await learned({ Dockerfile: 'FROM busybox\nENV B=1\n' }, { buildArgs });
    const [all] = rows("SELECT count(*) AS count FROM documents WHERE kind = 'build-replay'");
    expect(all!['count']).toBeGreaterThan(0);
    const found = rows("SELECT id FROM documents WHERE id || body LIKE '%hunter2%'");
    expect(found).toEqual([]);
  });

  it('is planned when its record is damaged, which hinders no other build and no prune', async () => {
    const { folder, imageId } = await learned({ Dockerfile: 'FROM busybox\nENV D=1\n' });
    rows("UPDATE documents SET body = '{' WHERE kind = 'build-replay'");
    expect((await builder.build(folder)).imageId).toBe(imageId);
    await learned({ Dockerfile: 'FROM busybox\nENV E=1\nRUN true\n' });
    await builder.store.engine.builder.prune({ all: true });
    expect(rows("SELECT id FROM documents WHERE kind = 'build-replay'")).toEqual([]);
  });

  it('is planned when a step of the cache is no record any more: that is made again', async () => {
    const { folder } = await learned({ Dockerfile: 'FROM busybox\nRUN echo damaged\nCOPY Dockerfile /\n' });
    rows("UPDATE documents SET body = json_remove(body, '$.layer') WHERE kind = 'build-cache'");
    expect((await builder.build(folder)).ran).toHaveLength(2);
    rows("UPDATE documents SET body = '5' WHERE kind = 'build-cache'");
    expect((await builder.build(folder)).ran).toHaveLength(2);
    expect((await builder.build(folder)).cached).toHaveLength(2);
  });

  it('is planned when another version of the engine made its record', async () => {
    const { folder, imageId } = await learned({ Dockerfile: 'FROM busybox\nENV V=1\n' });
    const [own, other] = [ENGINE_VERSION, `${ENGINE_VERSION}-other`].map((version) =>
      JSON.stringify(version),
    );
    const records = "kind = 'build-replay' AND instr(id, ?)";
    rows(`DELETE FROM documents WHERE kind = 'build-replay' AND NOT instr(id, ?)`, folder);
    rows(`UPDATE documents SET id = replace(id, ?, ?) WHERE ${records}`, own!, other!, own!);
    expect(rows(`SELECT id FROM documents WHERE ${records}`, other!)).toHaveLength(1);
    const built = await builder.build(folder);
    expect([isTold(built), built.imageId]).toEqual([false, imageId]);
    // and as it was
    rows("DELETE FROM documents WHERE kind = 'build-replay' AND instr(id, ?)", own!);
    rows(`UPDATE documents SET id = replace(id, ?, ?) WHERE ${records}`, other!, own!, other!);
    expect(isTold(await builder.build(folder))).toBe(true);
  });

  it('is not needed for a build to succeed', async () => {
    rows(
      "CREATE TRIGGER full BEFORE INSERT ON documents WHEN new.kind = 'build-replay' BEGIN SELECT raise(ABORT, 'full'); END",
    );
    try {
      const { imageId } = await builder.build({ Dockerfile: 'FROM busybox\nENV F=1\n' }, { tags: ['full'] });
      expect((await builder.store.engine.images.inspect('full')).Id).toBe(imageId);
    } finally {
      rows('DROP TRIGGER full');
    }
  });

  it('has no record of more than a megabyte', async () => {
    const folder = `${'d'.repeat(200)}/`.repeat(17);
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`${folder}${i}`, '']));
    const path = builder.context({ ...files, Dockerfile: 'FROM busybox\nRUN --mount=target=/in true\n' });
    await vi.waitUntil(() => Date.now() - lstatSync(join(path, 'Dockerfile')).ctimeMs > SETTLED_MS);
    const builds = [await builder.build(path), await builder.build(path)];
    expect(builds.map(isTold)).toEqual([false, false]);
  });

  it('reads a Dockerfile that is a pipe once, as any build', async () => {
    const { folder, imageId } = await learned({ Dockerfile: 'FROM busybox\nENV P=1\n' });
    const dockerfile = join(folder, 'pipe');
    spawnSync('mkfifo', [dockerfile]);
    // who reads twice gets nothing then
    const writer = spawn('sh', ['-c', 'cat Dockerfile > pipe; : > pipe'], { cwd: folder });
    try {
      expect((await builder.build(folder, { dockerfile })).imageId).toBe(imageId);
    } finally {
      writer.kill('SIGKILL');
    }
  });
});
