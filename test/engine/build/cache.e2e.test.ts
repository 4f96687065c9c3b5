import { spawn } from 'node:child_process';
import { chmodSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedBuilder } from './builder.ts';

describe.skipIf(!canRunContainers)('the build cache', () => {
  const builder = sharedBuilder();

  it('repeats nothing when nothing changed, and gives the same image', async () => {
    const folder = builder.context({
      Dockerfile: 'FROM busybox\nCOPY a /a\nRUN cat /a\nFROM busybox\nCOPY --from=0 /a /b\nRUN cat /b',
      a: '1',
    });
    const first = await builder.build(folder);
    expect(first.ran).toHaveLength(4);
    const second = await builder.build(folder);
    expect(second).toMatchObject({ ran: [], imageId: first.imageId });
    expect(second.cached).toHaveLength(4);
  });

  it('looks at content, mode and kind of files, not at their times', async () => {
    const folder = builder.context({ Dockerfile: 'FROM busybox\nCOPY . /x', f: '1' });
    await builder.build(folder);
    utimesSync(join(folder, 'f'), 1, 1);
    expect((await builder.build(folder)).cached).toHaveLength(1);
    chmodSync(join(folder, 'f'), 0o600);
    expect((await builder.build(folder)).ran).toHaveLength(1);
    writeFileSync(join(folder, 'f'), '2');
    expect((await builder.build(folder)).ran).toHaveLength(1);
    writeFileSync(join(folder, 'f'), '1');
    expect((await builder.build(folder)).cached).toHaveLength(1);
    writeFileSync(join(folder, 'g'), '');
    expect((await builder.build(folder)).ran).toHaveLength(1);
  });

  it('repeats exactly what follows a change', async () => {
    const folder = builder.context({
      Dockerfile: 'FROM busybox\nRUN echo before\nCOPY a /a\nRUN echo after\n',
      a: '1',
      unused: '1',
    });
    await builder.build(folder);
    writeFileSync(join(folder, 'unused'), '2');
    expect((await builder.build(folder)).ran).toEqual([]);
    writeFileSync(join(folder, 'a'), '2');
    const { ran, cached } = await builder.build(folder);
    expect(cached).toEqual(['[2/4] RUN echo before']);
    expect(ran).toEqual(['[3/4] COPY a /a', '[4/4] RUN echo after']);
  });

  it('counts build arguments from where they are used, by any RUN; hidden ones and proxies never', async () => {
    const folder = builder.context({
      f: '',
      Dockerfile:
        'FROM busybox\nRUN echo early\nARG V=1\nARG H=1\nENV H=env\nCOPY f /\nENV W=a\nWORKDIR /w\nRUN echo late',
    });
    await builder.build(folder);
    const changed = await builder.build(folder, { buildArgs: { V: '2' } });
    expect(changed.ran).toEqual(['[5/5] RUN echo late']);
    expect((await builder.build(folder, { buildArgs: { V: '2', H: '2' } })).ran).toEqual([]);
    expect((await builder.build(folder, { buildArgs: { HTTP_PROXY: 'http://x' } })).ran).toEqual([]);
  });

  it('never puts a step on another parent than the one it was made on', async () => {
    const folder = builder.context({
      Dockerfile:
        'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /u\nRUN cp /u /v\nARG FAIL\nRUN test -z "$FAIL"\nRUN cmp /u /v && echo same',
    });
    await builder.build(folder);
    // the first step runs again, the last ones don't: what is kept of it must not go with the old /v
    await builder.fails(folder, { noCache: true, buildArgs: { FAIL: 'y' } });
    const { output, ran } = await builder.build(folder);
    expect(ran.length).toBeGreaterThan(0);
    expect(output).toContain('same');
  });

  it('finds a stage that gives the same again behind a step that ran again', async () => {
    const dockerfile = (text: string) =>
      `FROM busybox AS one\nRUN echo ${text} > /dev/null; echo same > /f\nFROM busybox\nCOPY --from=one /f /f\nRUN cat /f`;
    const folder = builder.context({ Dockerfile: dockerfile('1') });
    await builder.build(folder);
    writeFileSync(join(folder, 'Dockerfile'), dockerfile('2'));
    expect((await builder.build(folder)).ran).toEqual(['[one 2/2] RUN echo 2 > /dev/null; echo same > /f']);
  });

  it('keeps --link steps when the base changes', async () => {
    const folder = builder.context({
      Dockerfile: 'ARG B=1\nFROM busybox\nARG B\nRUN echo $B > /b\nCOPY --link f /made/\nRUN cat /b /made/f',
      f: 'f\n',
    });
    await builder.build(folder);
    const { cached, output } = await builder.build(folder, { buildArgs: { B: '2' } });
    expect(cached).toEqual(['[3/4] COPY --link f /made/']);
    expect(output).toBe('2\nf\n');
  });

  it('looks up the owner of a --link step again on another base', async () => {
    const folder = builder.context({
      f: '',
      Dockerfile: [
        'FROM busybox',
        'ARG ID',
        'RUN echo "app:x:$ID:$ID::/:/bin/sh" >> /etc/passwd',
        'COPY --link --chown=app f /f',
        'RUN stat -c %u /f',
      ].join('\n'),
    });
    expect((await builder.build(folder, { buildArgs: { ID: '7' } })).output).toBe('7\n');
    expect((await builder.build(folder, { buildArgs: { ID: '8' } })).output).toBe('8\n');
  });

  it('keeps its base image when that is removed and pruned meanwhile', async () => {
    const { engine } = builder.store;
    const { imageId: Id } = await builder.build(
      { Dockerfile: 'FROM busybox\nRUN echo base > /base' },
      { tags: ['going'] },
    );
    const server = createServer((_, response) => {
      void (async () => {
        await engine.images.remove(Id, { force: true });
        await engine.builder.prune({ all: true });
        response.end('file');
      })();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const { port } = server.address() as AddressInfo;
      const { output } = await builder.build({
        Dockerfile: `FROM going\nADD http://127.0.0.1:${port}/file /f\nRUN cat /base /f`,
      });
      expect(output).toBe('base\nfile');
    } finally {
      server.close();
    }
  });

  it('builds only the stages the target needs', async () => {
    const folder = builder.context({
      Dockerfile: 'FROM busybox AS a\nRUN echo a\nFROM busybox AS b\nRUN echo b\nFROM a AS c\nRUN echo c',
    });
    expect((await builder.build(folder, { target: 'c' })).output).toBe('a\nc\n');
    expect((await builder.build(folder, { target: 'B' })).output).toBe('b\n');
    expect(await builder.fails(folder, { target: 'd' })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('runs independent stages at the same time', async () => {
    const wait = (own: string, other: string) =>
      `RUN --mount=type=cache,target=/c touch /c/${own}; for i in $(seq 600); do test -e /c/${other} && exit 0; sleep 0.1; done; exit 1`;
    await builder.build({
      Dockerfile: `FROM busybox AS a\n${wait('a', 'b')}\nFROM busybox AS b\n${wait('b', 'a')}\nFROM busybox\nCOPY --from=a /etc/group /a\nCOPY --from=b /etc/group /b`,
    });
  });

  it('keeps cache mounts between builds, out of the layers, one at a time when locked', async () => {
    const dockerfile = (n: number) =>
      [
        'FROM busybox AS a',
        `RUN --mount=type=cache,id=l,target=/c,sharing=locked echo ${n}; test ! -e /c/busy && touch /c/busy && sleep 0.5 && rm /c/busy`,
        'FROM busybox AS b',
        `RUN --mount=type=cache,id=l,target=/c,sharing=locked echo ${n}${n}; test ! -e /c/busy && touch /c/busy && sleep 0.5 && rm /c/busy; echo x >> /c/log; cat /c/log`,
        'FROM busybox',
        'COPY --from=a /etc/group /a',
        'COPY --from=b /etc/group /b',
        'RUN test ! -e /c',
      ].join('\n');
    await builder.build({ Dockerfile: dockerfile(1) });
    expect((await builder.build({ Dockerfile: dockerfile(2) })).output).toContain('x\nx\n');
  });

  it('gives secrets to the step alone: not to layers, history, records or the cache', async () => {
    const secret = 's3cr3t-9f81';
    const options = { secrets: { tok: { value: Buffer.from(secret) } } };
    const folder = builder.context({
      Dockerfile:
        'FROM busybox\nRUN --mount=type=secret,id=tok,env=TOK --mount=type=secret,id=tok,mode=0444 echo "$TOK" | wc -c; wc -c < /run/secrets/tok\nRUN ls -d /run/secrets || echo gone',
    });
    const { output } = await builder.build(folder, options);
    expect(output).toContain(`${secret.length + 1}\n${secret.length}\n`);
    expect(output).toContain('gone');
    const { execFileSync } = await import('node:child_process');
    const grep = (where: string) =>
      execFileSync('sh', ['-c', `grep -rl "${secret}" "${where}" || true`], { encoding: 'utf8' });
    expect(grep(builder.store.root)).toBe('');
    // another value is no other step
    const other = await builder.build(folder, { secrets: { tok: { value: Buffer.from('other') } } });
    expect(other.ran).toEqual([]);
    const { message } = await builder.fails({
      Dockerfile: 'FROM busybox\nRUN --mount=type=secret,id=none,required true',
    });
    expect(message).toBe('secret none: not found');
  });

  it('shows a bind mount only what the context has, and lets nothing out of it', async () => {
    const files = {
      Dockerfile:
        'FROM busybox\nRUN --mount=type=bind,target=/c,rw ls -A /c; echo new > /c/f; cat /c/f\nRUN --mount=target=/g,source=f cat /g',
      '.dockerignore': 'hidden',
      hidden: 'x',
      f: 'old\n',
    };
    const folder = builder.context(files);
    expect((await builder.build(folder)).output).toBe('.dockerignore\nDockerfile\nf\nnew\nold\n');
    expect((await builder.build(folder)).ran).toEqual([]);
    writeFileSync(join(folder, 'hidden'), 'y');
    expect((await builder.build(folder)).ran).toEqual([]);
  });

  it('forgets steps on prune, those of images only with all, and their layers', async () => {
    const { builder: verbs } = builder.store.engine;
    await verbs.prune({ all: true });
    await builder.build({
      Dockerfile: 'FROM busybox AS a\nRUN echo 1 > /f\nFROM scratch\nCOPY --from=a /f /',
    });
    expect((await verbs.prune({ filters: { until: ['1h'] } })).CachesDeleted).toEqual([]);
    const { CachesDeleted, SpaceReclaimed } = await verbs.prune();
    expect(CachesDeleted.length).toBe(1);
    expect(SpaceReclaimed).toBeGreaterThan(0);
    expect((await verbs.prune({ all: true })).CachesDeleted.length).toBeGreaterThan(0);
    await expect(verbs.prune({ filters: { nonsense: ['1'] } })).rejects.toThrow("Invalid filter 'nonsense'");
  });

  it('forgets the images of failed builds on prune, unless they have a name by then', async () => {
    const { builder: verbs, images } = builder.store.engine;
    const lastGood = async (text: string) => {
      const Dockerfile = `FROM busybox\nRUN echo ${text} > /f\nRUN false`;
      return (await builder.fails({ Dockerfile }, { keepLastGood: true })).failure!.lastGood!.imageId;
    };
    const [nameless, named] = [await lastGood('one'), await lastGood('two')];
    await images.tag(named, 'localhost/kept:1');
    await verbs.prune({ filters: { until: ['1h'] } });
    await expect(images.inspect(nameless)).resolves.toBeDefined();
    await verbs.prune();
    await expect(images.inspect(nameless)).rejects.toThrow('No such image');
    await expect(images.inspect(named)).resolves.toBeDefined();
    await images.remove('localhost/kept:1');
  });

  it('lets two processes build the same at once', async () => {
    const folder = builder.context({
      Dockerfile: 'FROM busybox\nCOPY f /\nRUN sleep 0.5; echo $((1+1)) > /g\nRUN cat /g',
      f: 'x',
    });
    const both = await Promise.all([
      buildElsewhere(builder.store.root, folder),
      buildElsewhere(builder.store.root, folder),
    ]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect((await builder.build(folder)).ran).toEqual([]);
  });

  it('stays whole when the process is killed in a step, keeps the steps before, and cleans up next time', async () => {
    const folder = builder.context({
      Dockerfile: 'FROM busybox\nRUN echo first > /f\nRUN --mount=type=bind,target=/c echo hang; sleep 1000',
    });
    const child = buildElsewhere(builder.store.root, folder, (text, kill) => {
      if (text.includes('hang\\n')) kill();
    });
    expect((await child).code).not.toBe(0);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox\nRUN echo first > /f\nRUN cat /f');
    const { cached, output } = await builder.build(folder);
    expect(cached).toEqual(['[2/3] RUN echo first > /f']);
    expect(output).toBe('first\n');
    expect(await builder.store.engine.containers.list({ all: true })).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

/** Runs a build in a process of its own, which can be killed. */
function buildElsewhere(
  root: string,
  folder: string,
  onText: (text: string, kill: () => void) => void = () => {},
): Promise<{ code: number | null; text: string }> {
  const program = resolve(import.meta.dirname, 'build-program.ts');
  const child = spawn(process.execPath, [program, root, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    onText(text, () => child.kill('SIGKILL'));
  });
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
}
