/** RUN --mount against the real things: an ssh agent, caches in use by two steps at once, secrets in memory; ADD of a git repository. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedBuilder, writeFiles } from './builder.ts';

describe.skipIf(!canRunContainers)('mounts of RUN, and ADD of repositories', () => {
  const builder = sharedBuilder();
  const children: ChildProcess[] = [];

  afterAll(async () => {
    for (const child of children) {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  });

  /** A program with the libraries it needs, below a context. */
  function copyProgram(context: string, program: string): void {
    const path = execFileSync('which', [program], { encoding: 'utf8' }).trim();
    const libraries = execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
    for (const file of [path, ...[...libraries].map((match) => match[1]!)]) {
      mkdirSync(dirname(join(context, 'root', file)), { recursive: true });
      copyFileSync(file, join(context, 'root', file));
    }
  }

  it('lets a step speak with the ssh agent, and no other step', async () => {
    const socket = join(builder.store.root, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(agent);
    await once(agent.stdout!, 'data');
    const key = join(builder.store.root, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'a key of the test', '-f', key]);
    execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    const folder = builder.context({
      Dockerfile: [
        'FROM busybox',
        'COPY root /',
        'RUN --mount=type=ssh ssh-add -l',
        'RUN --mount=type=ssh,id=other,target=/agent echo $SSH_AUTH_SOCK; SSH_AUTH_SOCK=/agent ssh-add -L',
        'RUN echo "without: ${SSH_AUTH_SOCK:-nothing}"; ls -d /agent 2>&1 || true',
      ].join('\n'),
    });
    copyProgram(folder, 'ssh-add');
    const { output } = await builder.build(folder, { ssh: { default: socket, other: socket } });
    expect(output).toMatch(/^256 SHA256:\S+ a key of the test \(ED25519\)$/m);
    expect(output).toMatch(/^\/agent$\n^ssh-ed25519 \S+ a key of the test$/m);
    expect(output).toContain('without: nothing\n');
    const dockerfile = 'FROM busybox\nRUN --mount=type=ssh,required true';
    expect((await builder.fails({ Dockerfile: dockerfile })).message).toBe('ssh agent default: not found');
  });

  it('gives a private cache to one step at a time, and a shared one to all', async () => {
    const meet = (own: string, other: string) =>
      `touch /s/${own}; for i in $(seq 300); do test -e /s/${other} && break; sleep 0.1; done; test -e /s/${other}`;
    const step = (own: string, other: string) =>
      [
        `FROM busybox AS ${own}`,
        'RUN --mount=type=cache,id=s,target=/s --mount=type=cache,id=p,target=/p,sharing=private \\',
        // both are in there at the same time; what one writes into its private cache, the other must not see
        `  touch /p/${own} && ${meet(`${own}1`, `${other}1`)} && ls /p > /list && ${meet(`${own}2`, `${other}2`)} && cat /list`,
      ].join('\n');
    const { output } = await builder.build({
      Dockerfile: `${step('a', 'b')}\n${step('b', 'a')}\nFROM busybox\nCOPY --from=a /list /a\nCOPY --from=b /list /b\nRUN cat /a /b`,
    });
    expect(output.trim().split('\n').sort()).toEqual(['a', 'a', 'b', 'b']);
    const again = await builder.build({
      Dockerfile: 'FROM busybox\nRUN --mount=type=cache,id=p,target=/p,sharing=private ls /p | wc -l',
    });
    expect(again.output).toBe('1\n');
    const { message } = await builder.fails({
      Dockerfile: 'FROM busybox\nRUN --mount=type=cache,target=/p,sharing=some true',
    });
    expect(message).toContain('unsupported sharing value "some"');
  });

  it('keeps secrets in memory, though the store has its run files on the disk', async () => {
    const folder = builder.context({
      Dockerfile:
        'FROM busybox\nRUN --mount=type=secret,id=tok,target=/tok,uid=1000,mode=0440 stat -c "%u %a" /tok; cat /tok; grep " /tok " /proc/mounts',
    });
    const { output } = await builder.build(folder, {
      secrets: { tok: { value: Buffer.from('in memory\n') } },
    });
    expect(output).toMatch(/^1000 440\nin memory\ntmpfs \/tok tmpfs ro/);
    expect(readdirSync(join(builder.store.engine.paths.runRoot, 'build'))).toEqual([]);
  });

  it('writes a secret of the environment on no disk while its step runs', async () => {
    const { root, engine } = builder.store;
    const stop = new AbortController();
    const path = builder.context({
      Dockerfile:
        'FROM busybox\nENV SEEN=s-e-e-n\nRUN --mount=type=secret,id=tok,env=TOK echo "$SEEN ${#TOK}"; sleep 600',
    });
    const events = engine.builder.build({
      context: { type: 'folder', path },
      network: 'none',
      secrets: { tok: { value: Buffer.from('n3v3r-wr1tt3n') } },
      signal: stop.signal,
    });
    const onDisk = (text: string) =>
      spawnSync('find', [root, '-xdev', '-type', 'f', '-exec', 'grep', '-l', '-e', text, '{}', '+'], {
        encoding: 'utf8',
      }).stdout.trim();
    const found: string[] = [];
    const building = (async () => {
      for await (const event of events) {
        if (event.type !== 'output' || !event.data.includes('s-e-e-n 13')) continue;
        found.push(onDisk('n3v3r-wr1tt3n'), onDisk('s-e-e-n'));
        stop.abort();
      }
    })();
    await expect(building).rejects.toMatchObject({ code: 'CANCELED' });
    expect(found).toEqual(['', expect.stringContaining(root)]);
    expect(readdirSync(join(engine.paths.runRoot, 'build'))).toEqual([]);
  });

  it('adds a git repository at a branch, a folder and a commit', async () => {
    const repository = join(builder.store.root, 'served', 'project.git');
    mkdirSync(repository, { recursive: true });
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        encoding: 'utf8',
      }).trim();
    git('init', '-q', '-b', 'main');
    writeFiles(repository, { readme: 'first\n', 'docs/page': 'page\n' });
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    const first = git('rev-parse', 'HEAD');
    git('checkout', '-q', '-b', 'next');
    writeFiles(repository, { readme: 'second\n' });
    git('commit', '-q', '-a', '-m', 'second');
    const port = await freePort();
    const daemon = spawn(
      'git',
      [
        'daemon',
        '--listen=127.0.0.1',
        `--port=${port}`,
        '--export-all',
        '--reuseaddr',
        '--verbose',
        `--base-path=${dirname(repository)}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    children.push(daemon);
    await once(daemon.stderr!, 'data');
    const url = `git://127.0.0.1:${port}/project.git`;
    const { output } = await builder.build({
      Dockerfile: [
        'FROM busybox',
        `ADD ${url}#main /main`,
        `ADD --keep-git-dir=true --checksum=${git('rev-parse', 'next')} ${url}#next /next`,
        `ADD --checksum=${first.slice(0, 9)} ${url}#main:docs /docs/`,
        'RUN cat /main/readme /next/readme /docs/page; ls -a /main /docs; test -d /next/.git',
      ].join('\n'),
    });
    expect(output).toContain('first\nsecond\npage\n');
    expect(output).not.toContain('.git\n');
    // with its submodules, but not those of this machine
    const part = join(dirname(repository), 'part.git');
    execFileSync('git', ['clone', '-q', '--bare', repository, part]);
    git('checkout', '-q', '-b', 'parts', 'main');
    const modules = (at: string) => `[submodule "p"]\n\tpath = p\n\turl = ${at}\n`;
    git('update-index', '--add', '--cacheinfo', `160000,${first},p`);
    for (const [branch, at] of [
      ['parts', '../part.git'],
      ['local', `file://${part}`],
    ] as const) {
      if (branch === 'local') git('checkout', '-q', '-b', branch);
      writeFiles(repository, { '.gitmodules': modules(at) });
      git('add', '.gitmodules');
      git('commit', '-q', '-m', branch);
    }
    const added = (ref: string) => ({
      Dockerfile: `FROM busybox\nADD ${url}#${ref} /m\nRUN cd /m && find . -type f | sort`,
    });
    expect((await builder.build(added('parts'))).output).toBe(
      './.gitmodules\n./docs/page\n./p/docs/page\n./p/readme\n./readme\n',
    );
    expect((await builder.fails(added('local'))).message).toContain("transport 'file' not allowed");
    const wrong = await builder.fails({ Dockerfile: `FROM busybox\nADD --checksum=${first} ${url}#next /` });
    expect(wrong.message).toBe(`expected checksum to match ${first}, got ${git('rev-parse', 'next')}`);
    expect(wrong.failure).toMatchObject({ startLine: 2 });
  });

  it('ends all of git when it is cancelled while a server says nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/silent.git`;
    const stop = new AbortController();
    server.once('connection', () => stop.abort());
    const failed = await builder.fails({ Dockerfile: `FROM busybox\nADD ${url} /` }, { signal: stop.signal });
    expect(failed.code).toBe('CANCELED');
    await expect.poll(() => spawnSync('pgrep', ['-f', url]).status, { timeout: 20_000 }).toBe(1);
    server.close();
  });

  it.each([
    ['ADD --checksum=sha256:12 http://127.0.0.1:1/x /', 'invalid checksum digest format: sha256:12'],
    ['ADD --checksum=main https://127.0.0.1:1/x.git /', 'invalid checksum main: not a commit'],
    ['ADD --checksum=abc a /', 'checksum requires HTTP(S) or Git sources'],
    ['ADD --checksum=abc a b /', "checksum can't be specified for multiple sources"],
  ])('refuses %s', async (line, message) => {
    expect((await builder.fails({ Dockerfile: `FROM busybox\n${line}` })).message).toBe(message);
  });

  it('changes modes by letters as well as by digits', async () => {
    const { output } = await builder.build({
      'd/plain': 'x',
      'd/run.sh': '',
      Dockerfile:
        'FROM busybox\nCOPY --chmod=u=rwX,go=rX d /d/\nCOPY --chmod=4711 d/plain /e\nRUN stat -c "%a %n" /d /d/plain /d/run.sh /e',
    });
    expect(output).toBe('755 /d\n644 /d/plain\n755 /d/run.sh\n4711 /e\n');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
