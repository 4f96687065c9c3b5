import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildEvent } from '../../../src/engine/index.ts';
import { makeTar } from '../../support/images.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedBuilder, writeFiles } from './builder.ts';

describe.skipIf(!canRunContainers)('contexts and what is wrong with them', () => {
  const builder = sharedBuilder();
  let server: Server;
  let base: string;
  let outside: string;
  const served = new Map<string, Buffer>();
  beforeAll(async () => {
    outside = mkdtempSync(join(tmpdir(), 'boxtop-test-outside-'));
    writeFileSync(join(outside, 'secret'), 'outside');
    server = createServer((request, response) => {
      const body = served.get(request.url!);
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    rmSync(outside, { recursive: true });
    // nothing is left of a build but its cache
    const left = readdirSync(join(builder.store.root, 'build')).filter(
      (name) => !/^(hashes|cache-mounts)$/.test(name),
    );
    expect(left).toEqual([]);
  });

  it('takes a tar on stdin, compressed or not, and a Dockerfile alone', async () => {
    const tar = makeTar([
      { name: 'Dockerfile', content: 'FROM busybox\nCOPY d/f /\nRUN cat /f' },
      { name: 'd/', type: 'directory' },
      { name: 'd/f', content: 'in tar\n' },
    ]);
    for (const packed of [
      tar,
      execFileSync('gzip', ['-c'], { input: tar }),
      execFileSync('xz', ['-c'], { input: tar }),
    ]) {
      const context = { type: 'stream' as const, stream: Readable.from([packed]) };
      expect((await builder.build('', { context, noCache: true })).output).toBe('in tar\n');
    }
    const alone = {
      type: 'stream' as const,
      stream: Readable.from([Buffer.from('FROM busybox\nRUN echo alone')]),
    };
    expect((await builder.build('', { context: alone })).output).toBe('alone\n');
  });

  it('takes a Dockerfile from elsewhere, as text, in lower case, and its own ignore file', async () => {
    const folder = builder.context({ dockerfile: 'FROM busybox\nRUN echo lower', f: '', g: '' });
    expect((await builder.build(folder)).output).toBe('lower\n');
    expect((await builder.build(folder, { dockerfileText: 'FROM busybox\nRUN echo text' })).output).toBe(
      'text\n',
    );
    const other = builder.context({
      'x.Dockerfile': 'FROM busybox\nCOPY . /c/\nRUN ls /c',
      'x.Dockerfile.dockerignore': 'f\ndockerfile',
    });
    expect((await builder.build(folder, { dockerfile: join(other, 'x.Dockerfile') })).output).toBe('g\n');
  });

  it('takes a tar by http, and ADDs files by http with their checksum', async () => {
    served.set('/c.tar', makeTar([{ name: 'Dockerfile', content: 'FROM busybox\nRUN echo by http' }]));
    const context = { type: 'url' as const, url: `${base}/c.tar` };
    expect((await builder.build('', { context })).output).toBe('by http\n');
    served.set('/f.tar', makeTar([{ name: 'inside', content: 'x' }]));
    const sum = execFileSync('sha256sum', { input: served.get('/f.tar')! })
      .toString()
      .slice(0, 64);
    const add = (flags: string) => ({
      Dockerfile: `FROM busybox\nADD ${flags} ${base}/f.tar /d/\nRUN stat -c "%n %a" /d/*`,
    });
    expect((await builder.build(add(`--checksum=sha256:${sum}`))).output).toBe('/d/f.tar 600\n');
    expect((await builder.build(add('--unpack'))).output).toBe('/d/inside 644\n');
    const failed = await builder.fails(add(`--checksum=sha256:${'0'.repeat(64)}`));
    expect(failed.message).toContain('digest mismatch');
    expect(await builder.fails({ Dockerfile: `FROM busybox\nADD ${base}/none /` })).toMatchObject({
      code: 'NOT_FOUND',
      failure: { startLine: 2 },
    });
  });

  it('takes git repositories as context and in ADD, by branch and folder', async () => {
    const folder = mkdtempSync(join(builder.store.root, 'repo-'));
    const repository = join(folder, 'r.git');
    mkdirSync(repository);
    writeFiles(repository, { 'sub/Dockerfile': 'FROM busybox\nCOPY f /\nRUN cat /f', 'sub/f': 'main\n' });
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        stdio: 'pipe',
      });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    git('checkout', '-q', '-b', 'other');
    writeFileSync(join(repository, 'sub/f'), 'other\n');
    git('commit', '-q', '-a', '-m', 'two');
    git('checkout', '-q', 'main');
    const at = (fragment: string) => ({
      context: { type: 'url' as const, url: `file://${repository}#${fragment}` },
    });
    expect((await builder.build('', at('main:sub'))).output).toBe('main\n');
    expect((await builder.build('', at('other:sub'))).output).toBe('other\n');
    expect((await builder.fails('', at('none:sub'))).code).toBe('UNAVAILABLE');
    expect((await builder.fails('', at('main:../..'))).code).toMatch(/INVALID_ARGUMENT|NOT_FOUND/);
    expect((await builder.fails('', at('--upload-pack=x'))).code).toBe('INVALID_ARGUMENT');
    // a Dockerfile may be a stranger's: it reads no repository of this machine
    const Dockerfile = `FROM busybox\nADD file://${repository} /r/`;
    expect((await builder.fails({ Dockerfile })).message).toContain('not found');
  });

  it('lets no symlink and no path lead out of a context', async () => {
    const failed = async (copy: string, files: Record<string, string> = {}) =>
      (await builder.fails({ Dockerfile: `FROM busybox\n${copy}`, ...files })).message;
    expect(await failed('COPY ../../../../../etc/passwd /')).toContain('"/etc/passwd": not found');
    expect(await failed('COPY link /', { link: `-> ${outside}/secret` })).toContain('not found');
    expect(await failed('COPY link/secret /', { link: `-> ${outside}` })).toContain('not found');
    expect(
      await failed('RUN --mount=source=link,target=/x cat /x', { link: `-> ${outside}/secret` }),
    ).toContain('not found');
    // as a link among others it is copied as the link it is
    const { output } = await builder.build({
      Dockerfile: 'FROM busybox\nCOPY d /d/\nRUN readlink /d/link; cat /d/link 2>&1 || true',
      'd/link': `-> ${outside}/secret`,
    });
    expect(output).toContain(`${outside}/secret\n`);
    expect(output).not.toContain('outside\n');
    // a destination's symlink is followed inside the image
    const { output: second } = await builder.build({
      Dockerfile: `FROM busybox\nRUN ln -s ${outside} /way && mkdir -p ${outside}\nCOPY f /way/\nRUN cat ${outside}/f`,
      f: 'inside\n',
    });
    expect(second).toBe('inside\n');
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('refuses hostile tar contexts', async () => {
    const dockerfile = { name: 'Dockerfile', content: 'FROM busybox\nCOPY . /' };
    const failed = async (...entries: Parameters<typeof makeTar>[0]) => {
      const stream = Readable.from([makeTar([dockerfile, ...entries])]);
      return (await builder.fails('', { context: { type: 'stream', stream } })).message;
    };
    expect(await failed({ name: '../up', content: 'x' })).toContain('leads out of the context');
    expect(
      await failed({ name: 'l', type: 'symlink', link: outside }, { name: 'l/new', content: 'x' }),
    ).toContain('below a symlink');
    expect(
      await failed(
        { name: 'l', type: 'symlink', link: outside },
        { name: 'h', type: 'hardlink', link: 'l/secret' },
      ),
    ).toContain('through a symlink');
    expect(readdirSync(outside)).toEqual(['secret']);
    const link = makeTar([{ name: 'Dockerfile', type: 'symlink', link: `${outside}/secret` }]);
    const escaped = await builder.fails('', { context: { type: 'stream', stream: Readable.from([link]) } });
    expect(escaped.message).toContain('within the build context');
  });

  it('says what is wrong with a Dockerfile, and where', async () => {
    const failed = async (text: string, files: Record<string, string> = {}) => {
      const { message, hint, failure } = await builder.fails({ Dockerfile: text, ...files });
      return { message, hint, line: failure?.startLine };
    };
    expect(await failed('FROM busybox\nRUNN x')).toEqual({
      message: 'unknown instruction: RUNN',
      hint: 'did you mean RUN?',
      line: 2,
    });
    expect(await failed('FROM busybox\n\nCOPY --form=a x /')).toEqual({
      message: 'unknown flag: --form',
      hint: 'did you mean --from?',
      line: 3,
    });
    expect(await failed('FROM busybox\nCOPY missing /')).toMatchObject({
      message: '"/missing": not found',
      line: 2,
    });
    expect(
      await failed('FROM busybox\nCOPY ignored /', { '.dockerignore': 'ignored', ignored: '' }),
    ).toMatchObject({ line: 2 });
    expect(await failed('FROM busybox\nCOPY a b /nofolder', { a: '', b: '' })).toMatchObject({ line: 2 });
    expect(await failed('FROM busybox AS a\nCOPY --from=b /x /\nFROM a AS b')).toMatchObject({
      message: 'circular dependency detected on stage: b',
      line: 2,
    });
    expect(await failed('FROM busybox AS a\nCOPY --from=a /x /')).toMatchObject({ line: 2 });
    expect(await failed('FROM busybox\nCOPY --from=7 /x /')).toMatchObject({
      message: expect.stringContaining('7') as string,
      line: 2,
    });
    expect(await failed('FROM busybox\nCOPY --chown=nobody2 f /', { f: '' })).toMatchObject({ line: 2 });
    expect(await failed('FROM busybox\nCOPY --chmod=abc f /', { f: '' })).toMatchObject({ line: 2 });
    expect(await failed('RUN x')).toMatchObject({ line: 1 });
    expect(await failed('')).toMatchObject({ message: 'the Dockerfile cannot be empty' });
    expect(await failed('# x\n')).toMatchObject({ message: 'file with no instructions' });
    expect(await failed('\x7fELF\0\0\0')).toMatchObject({
      message: 'the Dockerfile is not a text file',
      line: 1,
    });
    expect(await failed('FROM busybox\nRUN <<EOF\nx')).toMatchObject({
      message: 'unterminated heredoc',
      line: 2,
    });
    expect(await failed('FROM busybox\nRUN --mount=type=nonsense,target=/x true')).toMatchObject({ line: 2 });
    expect(await failed('FROM busybox\nEXPOSE 99999')).toMatchObject({ line: 2 });
    expect(await failed('FROM $NONE')).toMatchObject({ line: 1 });
    expect((await builder.fails({ f: '' })).message).toContain('failed to read dockerfile');
    expect((await builder.fails('/nonexistent')).code).toBe('NOT_FOUND');
    expect((await builder.fails({ Dockerfile: 'FROM busybox' }, { tags: ['BAD TAG'] })).code).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it('marks the instruction that failed, keeps the steps before, names the code and the last good image', async () => {
    const folder = builder.context({
      Dockerfile: 'FROM busybox\nRUN echo kept > /k\nRUN echo out; \\\n  exit 7\nCMD x',
    });
    const { message, failure, output } = await builder.fails(folder, { keepLastGood: true });
    expect(message).toContain('did not complete successfully: exit code: 7');
    expect(failure).toMatchObject({ file: 'Dockerfile', startLine: 3, endLine: 4, exitCode: 7 });
    expect(failure!.excerpt.filter(({ isMarked }) => isMarked).map(({ line }) => line)).toEqual([3, 4]);
    expect(output).toBe('out\n');
    expect(await builder.run(failure!.lastGood!.imageId, 'cat', '/k')).toBe('kept\n');
    expect((await builder.fails(folder)).failure!.lastGood).toBeUndefined();
  });

  it('stops the other stages when one fails', async () => {
    const { message } = await builder.fails({
      Dockerfile:
        'FROM busybox AS slow\nRUN sleep 1000\nFROM busybox AS bad\nRUN sleep 0.5; exit 3\nFROM busybox\nCOPY --from=slow /a /\nCOPY --from=bad /a /',
    });
    expect(message).toContain('exit code: 3');
  });

  it('is cancelled in a step that forks for ever, and leaves nothing', async () => {
    const stop = new AbortController();
    const folder = builder.context({
      Dockerfile:
        'FROM busybox\nRUN echo go; i=0; while true; do sleep 1000 & i=$((i+1)); test $i = 200 && echo many; done',
    });
    const job = builder.store.engine.builder.build({
      context: { type: 'folder', path: folder },
      network: 'none',
      signal: stop.signal,
    });
    let isCanceled = false;
    await expect(
      (async () => {
        for await (const event of job) {
          if (event.type === 'output' && event.data.toString().includes('many')) stop.abort();
          if (event.type === 'failed') isCanceled = event.isCanceled;
        }
      })(),
    ).rejects.toMatchObject({ code: 'CANCELED' });
    expect(isCanceled).toBe(true);
  });

  it('shows the size of a huge context while it is read, and can be cancelled then', async () => {
    const folder = builder.context({ Dockerfile: 'FROM busybox\nCOPY . /' });
    for (let i = 0; i < 10; i += 1) {
      writeFileSync(join(folder, `big${i}`), '');
      truncateSync(join(folder, `big${i}`), 1024 ** 3);
    }
    for (let i = 0; i < 1500; i += 1) writeFileSync(join(folder, `small${i}`), '');
    const stop = new AbortController();
    const sizes: number[] = [];
    const job = builder.store.engine.builder.build({
      context: { type: 'folder', path: folder },
      signal: stop.signal,
    });
    const startedMs = Date.now();
    await expect(
      (async () => {
        for await (const event of job as AsyncIterable<BuildEvent>) {
          if (event.type !== 'progress' || event.label !== 'transferring context') continue;
          sizes.push(event.current);
          if (event.current >= 10 * 1024 ** 3) setTimeout(() => stop.abort(), 300);
        }
      })(),
    ).rejects.toMatchObject({ code: 'CANCELED' });
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(10 * 1024 ** 3);
    expect(Date.now() - startedMs).toBeLessThan(60_000);
  });
});
