/** Secrets of a build stay in the step that asked for them; contexts fetched from elsewhere reach nothing of this machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBuilder } from '../engine/build/builder.ts';
import { canRunContainers } from '../support/requirements.ts';

const SECRET = `s3cret-${process.hrtime.bigint()}`;

/** Files below `folder` that hold the secret. */
const filesWith = (folder: string) =>
  spawnSync('grep', ['-rlaF', SECRET, folder], { encoding: 'utf8' }).stdout;

/** Argument lists of all processes that hold it. */
const processesWith = () =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(SECRET);
    } catch {
      return false; // it ended meanwhile
    }
  });

describe.skipIf(!canRunContainers)('a build', () => {
  const builder = sharedBuilder();

  it('leaves its secrets in no layer, record, history, cache key, log or argument list', async () => {
    const mounts = '--mount=type=secret,id=k --mount=type=secret,id=k,env=KEY,target=/elsewhere';
    const Dockerfile = `FROM busybox\nRUN ${mounts} cat /run/secrets/k /elsewhere | wc -c; echo -n $KEY | wc -c; sleep 1\n`;
    const building = builder.build({ Dockerfile }, { secrets: { k: { value: Buffer.from(SECRET) } } });
    const found = new Set<string>();
    const { root } = builder.store;
    const watch = setInterval(() => {
      for (const pid of processesWith()) found.add(`process ${pid}`);
      for (const folder of ['db', 'containers', 'content', 'layers'])
        for (const file of filesWith(join(root, folder)).split('\n').filter(Boolean)) found.add(file);
    }, 200);
    const { imageId, output } = await building.finally(() => clearInterval(watch));
    expect(output).toBe(`${2 * SECRET.length}\n${SECRET.length}\n`);
    expect([...found]).toEqual([]);
    expect(filesWith(root)).toBe('');
    expect(JSON.stringify(await builder.store.engine.images.inspect(imageId))).not.toContain(SECRET);
    expect(JSON.stringify(await builder.store.engine.images.history(imageId))).not.toContain(SECRET);
    expect(
      await builder.run(imageId, 'sh', '-c', 'ls -d /run/secrets /elsewhere 2>/dev/null || echo none'),
    ).toBe('none\n');
  });

  describe('from a git repository', () => {
    let repository: string;
    beforeAll(() => {
      repository = join(builder.context({}), 'r.git');
      mkdirSync(join(repository, 'sub'), { recursive: true });
      writeFileSync(join(repository, 'Dockerfile'), 'FROM busybox\n');
      symlinkSync('/etc', join(repository, 'out'));
      symlinkSync('/dev/zero', join(repository, 'sub/.dockerignore'));
      writeFileSync(join(repository, 'sub/Dockerfile'), 'FROM busybox\n');
      mkdirSync(join(repository, 'file'));
      symlinkSync('/etc/hostname', join(repository, 'file/Dockerfile'));
      const git = (...args: string[]) =>
        execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
          stdio: 'ignore',
        });
      git('init', '-q', '-b', 'main');
      git('add', '-A');
      git('commit', '-q', '-m', 'x');
    });

    const build = (fragment: string) =>
      builder.fails({}, { context: { type: 'url', url: `file://${repository}#${fragment}` } });

    it.each(['--upload-pack=touch x', '-q', 'main..main', 'a b'])(
      'takes no option in place of a ref: %s (CVE-2019-13139)',
      async (ref) => expect((await build(ref)).code).toBe('INVALID_ARGUMENT'),
    );

    it.each(['main:out', 'main:../..', 'main:out/ssl'])(
      'does not leave it by the folder %s',
      async (fragment) => {
        expect(['INVALID_ARGUMENT', 'NOT_FOUND']).toContain((await build(fragment)).code);
      },
    );

    it('follows no link of it to a Dockerfile or an ignore file outside, nor to one without an end', async () => {
      expect((await build('main:file')).code).toBe('INVALID_ARGUMENT');
      expect((await build('main:sub')).code).toBe('INVALID_ARGUMENT');
    });
  });
});
