/** Clients of a container's terminal and streams: detaching, several at once, and those that don't read. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BIN, sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';
import { startScreen, type TestScreen } from '../support/screen.ts';

const NONE = ['--network', 'none'];
/** Prints without end, a number on each line. */
const NOISE = 'i=0; while :; do i=$((i+1)); echo "$i ................................................"; done';
/** More than the pipe to a pager holds. */
const WANTED_BYTES = 100_000;
const SCREENFUL = { cols: 120, rows: 36 };

describe.skipIf(!canRunContainers)('clients of a container', () => {
  const boxtop = sharedBoxtop('attach');
  const state = (name: string) => boxtop.ok('inspect', '-f', '{{.State.Status}}', name);
  const config = (text: string) => {
    mkdirSync(join(boxtop.work, 'docker'), { recursive: true });
    writeFileSync(join(boxtop.work, 'docker/config.json'), text);
  };

  beforeAll(async () => {
    await boxtop.ok('run', '-dit', ...NONE, '--name', 'shell', 'busybox', 'sh');
  });

  /** Types the keys and returns the status that the client ends with. */
  async function detach(args: string[], keys: string, isReady: string | RegExp): Promise<number> {
    const client = boxtop.terminal(args);
    await client.waitFor(isReady);
    client.type(keys);
    await client.waitFor('read escape sequence');
    expect(client.modesLeftOn()).toEqual([]);
    return await client.exitCode;
  }

  it('leave line feeds as they are: a program may move down a column, and ends with the terminal as it was', async () => {
    const script = 'stty -onlcr; printf "ab\\ncd"; sleep 0.2; stty onlcr; echo';
    const client = boxtop.terminal(['run', '--rm', '-it', ...NONE, 'busybox', 'sh', '-c', script]);
    await client.waitFor(/ab *\n {2}cd/);
    expect(await client.exitCode).toBe(0);
    const shell = startScreen({
      file: 'sh',
      args: ['-c', '"$@"; stty -a', 'sh', BIN, '--root', boxtop.root, 'exec', '-it', 'shell', 'true'],
    });
    await shell.waitFor(/(?<!-)opost[\s\S]*(?<!-)onlcr/);
    expect(await shell.exitCode).toBe(0);
  });

  it('detach from run, start, attach and exec with the keys of the flag, and Docker’s status', async () => {
    const keys = '--detach-keys=ctrl-a,d';
    const run = ['run', '-it', ...NONE, '--name', 'kept', keys, 'busybox', 'sh'];
    expect(await detach(run, '\x01d', '/ #')).toBe(0);
    expect(await detach(['exec', '-it', keys, 'kept', 'sh'], '\x01d', '/ #')).toBe(1);
    const attached = boxtop.terminal(['attach', keys, 'kept']);
    attached.type('echo pl""us\x10\x11\r');
    await attached.waitFor('plus');
    attached.type('\x01d');
    expect(await attached.exitCode).toBe(1);
    await boxtop.ok('stop', '-t', '0', 'kept');
    expect(await detach(['start', '-ai', keys, 'kept'], '\x01d', '/ #')).toBe(0);
    expect(await state('kept')).toBe('running');
    await boxtop.ok('rm', '-f', 'kept');
  });

  it('take the keys of config.json when the flag gives none', async () => {
    config('{"detachKeys":"ctrl-e,x"}');
    expect(await detach(['exec', '-it', 'shell', 'sh'], '\x05x', '/ #')).toBe(1);
    const other = ['exec', '-it', '--detach-keys', 'ctrl-b', 'shell', 'sh'];
    expect(await detach(other, '\x02', '/ #')).toBe(1);
    config('{"detachKeys":"nosuch"}');
    for (const args of [
      ['attach', 'shell'],
      ['exec', 'shell', 'true'],
      ['run', ...NONE, 'busybox', 'true'],
    ])
      expect(await boxtop.run(args)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('invalid detach keys (nosuch)'),
      });
    config('{"auths":');
    expect(await boxtop.run(['exec', 'shell', 'echo', 'works'])).toMatchObject({
      exitCode: 0,
      stdout: 'works\n',
      stderr: expect.stringMatching(/^WARNING: Error loading config file: .*config.json/),
    });
    config('{}');
  });

  it('detach from panes of the screen with the same keys, looked for once', async () => {
    config('{"detachKeys":"ctrl-e,x"}');
    const screen = boxtop.terminal([], SCREENFUL);
    await screen.waitFor('shell');
    screen.type(':exec -it shell cat -v\r');
    await screen.waitFor('^E x detaches');
    screen.type('a\x10b\r');
    await screen.waitFor('a^Pb');
    screen.type('\x05x');
    await screen.waitUntil('the list to have the keys', () => !screen.text().includes('detaches'));
    screen.type(':exec -it --detach-keys ctrl-b,y shell cat -v\r');
    await screen.waitFor('^B y detaches');
    screen.type('\x05x\r');
    await screen.waitFor('^Ex');
    screen.type('\x02y');
    await screen.waitUntil('the list to have the keys', () => !screen.text().includes('detaches'));
    config('{}');
    await screen.close();
  });

  it('see the same terminal, three at once, which has the size of the last that changed', async () => {
    const clients: TestScreen[] = [];
    for (const [cols, rows] of [
      [80, 24],
      [100, 30],
      [60, 20],
    ] as const) {
      const client = boxtop.terminal(['attach', 'shell'], { cols, rows });
      client.type('\r');
      await client.waitFor('/ #');
      clients.push(client);
    }
    const [first, second, third] = clients as [TestScreen, TestScreen, TestScreen];
    /** The shell asks until it has the size: the monitor sets it at its own time. */
    const sized = (size: string, word: string) =>
      `clear; until [ "$(stty size)" = "${size}" ]; do :; done; echo $((20+1))-${word}\r`;
    first.type(sized('20 60', 'seen'));
    for (const client of clients) await client.waitFor('21-seen');
    for (let rows = 10; rows < 40; rows += 1) second.resize(70 + rows, rows);
    for (let rows = 40; rows > 22; rows -= 1) second.resize(70 + rows, rows);
    first.type(sized('23 93', 'dragged'));
    for (const client of clients) await client.waitFor('21-dragged');
    process.kill(first.pid, 'SIGKILL');
    third.type('clear; echo $((40+2))-on\r');
    for (const client of [second, third]) await client.waitFor('42-on');
    for (const client of clients) await client.close();
    expect(await state('shell')).toBe('running');
  });

  it('give a program its size before it starts', async () => {
    for (const [cols, rows] of [
      [91, 17],
      [44, 33],
    ] as const) {
      const client = boxtop.terminal(['run', '-t', '--rm', ...NONE, 'busybox', 'stty', 'size'], {
        cols,
        rows,
      });
      await client.waitFor(`${rows} ${cols}`);
      expect(await client.exitCode).toBe(0);
      // crun leaves a further process's terminal at 0 0 until the monitor has set it, as Docker does
      const until = 'until stty size 2>/dev/null | grep .; do :; done';
      const further = boxtop.terminal(['exec', '-t', 'shell', 'sh', '-c', until], { cols, rows });
      await further.waitFor(`${rows} ${cols}`);
    }
  });

  it('that stopped keep neither the others nor the container waiting', async () => {
    await boxtop.ok('run', '-d', ...NONE, '--name', 'noisy', 'busybox', 'sh', '-c', NOISE);
    const attach = ['attach', '--no-stdin', '--sig-proxy=false', 'noisy'];
    const [stopped, reader] = [boxtop.start(attach), boxtop.start(attach)];
    await Promise.all([stopped.said(/\d+ \.\.\./), reader.said(/\d+ \.\.\./)]);
    stopped.kill('SIGSTOP');
    // far more than what the monitor can hold for one that doesn't read
    const lines = Number(/(\d+) /.exec(await boxtop.ok('logs', '-n', '1', 'noisy'))![1]);
    const far = (text: string) =>
      [...text.matchAll(/^(\d+) /gm)].some(([, n]) => Number(n) > lines + 100_000);
    await expect.poll(async () => far(await boxtop.ok('logs', '-n', '1', 'noisy'))).toBe(true);
    reader.kill('SIGSTOP');
    expect(await boxtop.ok('rm', '-f', 'noisy')).toBe('noisy');
    for (const client of [stopped, reader]) {
      client.kill('SIGKILL');
      await client.ended;
    }
  });

  it('whose output nobody reads let a container be stopped', async () => {
    const go = join(boxtop.work, 'go');
    execFileSync('mkfifo', [go]);
    const words = [BIN, '--root', boxtop.root, 'run', '--rm', '--name', 'paged', ...NONE, 'busybox', 'yes'];
    const script = '"$@" | (read line; read word; read end < $GO; wc -c)';
    const pager = spawn('sh', ['-c', script, 'sh', ...words], {
      env: { ...process.env, GO: go },
      detached: true,
    });
    try {
      const printed = async () =>
        (await boxtop.run(['logs', '-n', String(WANTED_BYTES), 'paged'])).stdout.length;
      await expect.poll(printed).toBeGreaterThan(WANTED_BYTES);
      expect(await boxtop.ok('stop', '-t', '0', 'paged')).toBe('paged');
      expect(await boxtop.ok('wait', 'paged').catch(() => 'removed')).toMatch(/137|removed/);
      const count = once(pager.stdout, 'data') as Promise<Buffer[]>;
      writeFileSync(go, 'go\n');
      expect(Number((await count).join(''))).toBeGreaterThan(WANTED_BYTES);
    } finally {
      process.kill(-pager.pid!, 'SIGKILL');
    }
  });

  it('end with the container’s status, whenever they come', async () => {
    await boxtop.ok('create', '-i', ...NONE, '--name', 'short', 'busybox', 'sh', '-c', 'read x; exit $x');
    for (const code of [3, 7]) {
      await boxtop.ok('start', 'short');
      const { exitCode } = await boxtop.run(['attach', 'short'], { stdin: `${code}\n` });
      expect(exitCode).toBe(code);
    }
    const late = await boxtop.run(['attach', 'short']);
    expect(late).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'You cannot attach to a stopped container, start it first\n',
    });
    await boxtop.ok('rm', 'short');
  });

  it('that come while it ends get its output or are told that it has stopped', async () => {
    const script = 'echo begun; sleep 0.1; echo over';
    await boxtop.ok('create', ...NONE, '--name', 'brief', 'busybox', 'sh', '-c', script);
    for (let round = 0; round < 6; round += 1) {
      await boxtop.ok('start', 'brief');
      const { exitCode, stdout, stderr } = await boxtop.run(['attach', '--no-stdin', 'brief']);
      if (exitCode === 0) expect(stdout).toMatch(/^(begun\n)?(over\n)?$/);
      else expect(stderr).toMatch(/You cannot attach to a stopped container, start it first\n$/);
      await boxtop.ok('wait', 'brief');
    }
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${boxtop.root}/layers/areas/brief`);
    await boxtop.ok('rm', 'brief');
  });
});
