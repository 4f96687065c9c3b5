import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BIN, sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';

const RUN = ['run', '--network', 'none', '--rm'];

describe.skipIf(!canRunContainers)('the streams of containers', () => {
  const boxtop = sharedBoxtop('streams');

  beforeAll(async () => {
    const script =
      'echo one; echo two >&2; until [ -e /go ]; do sleep 0.1; done; echo three; trap "exit 0" TERM; while :; do sleep 0.1; done';
    await boxtop.ok(
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      'up',
      '-e',
      'GIVEN=1',
      'busybox',
      'sh',
      '-c',
      script,
    );
  });

  it('pipe a program’s input through run -i, however large', async () => {
    const text = 'line of text\n'.repeat(100_000);
    const sum = createHash('md5').update(text).digest('hex');
    expect(await boxtop.run([...RUN, '-i', 'busybox', 'md5sum'], { stdin: text })).toMatchObject({
      exitCode: 0,
      stdout: `${sum}  -\n`,
    });
    const back = await boxtop.run([...RUN, '-i', 'busybox', 'cat'], { stdin: text });
    expect(back.stdout.length).toBe(text.length);
    expect(back.stdout).toBe(text);
  });

  it('leave input alone without -i', async () => {
    expect(await boxtop.run([...RUN, 'busybox', 'cat'], { stdin: 'unread' })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('show only what is attached with -a', async () => {
    const script = ['busybox', 'sh', '-c', 'echo out; echo err >&2'];
    expect(await boxtop.run([...RUN, '-a', 'stdout', ...script])).toMatchObject({
      stdout: 'out\n',
      stderr: '',
    });
    expect(await boxtop.run([...RUN, '-a', 'stderr', ...script])).toMatchObject({
      stdout: '',
      stderr: 'err\n',
    });
    const { stdout, stderr } = await boxtop.run([...RUN, '-i', '-a', 'stdin', 'busybox', 'cat'], {
      stdin: 'x',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^([0-9a-f]{64}\n)?$/);
  });

  it('give the shell’s statuses', async () => {
    const code = async (...args: string[]) => (await boxtop.run([...RUN, ...args])).exitCode;
    expect(await code('busybox', 'sh', '-c', 'exit 42')).toBe(42);
    expect(await code('busybox', 'nosuch')).toBe(127);
    expect(await code('busybox', '/etc')).toBe(126);
    expect(await code('--nosuch', 'busybox')).toBe(125);
    expect(await code('busybox', 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?')).toBe(137);
  });

  it('run further processes with exec', async () => {
    expect(await boxtop.run(['exec', '-i', 'up', 'cat'], { stdin: 'a\nb\n' })).toEqual({
      exitCode: 0,
      stdout: 'a\nb\n',
      stderr: '',
    });
    const script = 'echo $GIVEN $MORE; pwd; id -un; echo err >&2; exit 5';
    expect(
      await boxtop.run(['exec', '-e', 'MORE=2', '-w', '/tmp', '-u', 'user', 'up', 'sh', '-c', script]),
    ).toEqual({ exitCode: 5, stdout: '1 2\n/tmp\nuser\n', stderr: 'err\n' });
    expect((await boxtop.run(['exec', 'up', 'nosuch'])).exitCode).toBe(127);
    expect((await boxtop.run(['exec', 'up', '/etc'])).exitCode).toBe(126);
    const refused = await boxtop.run(['exec', 'nope', 'true']);
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('No such container: nope'),
    });
  });

  it('note the end of a detached exec by themselves', async () => {
    expect(await boxtop.run(['exec', '-d', 'up', 'sh', '-c', 'echo made > /made'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    await expect.poll(() => boxtop.run(['exec', 'up', 'cat', '/made'])).toMatchObject({ stdout: 'made\n' });
    await boxtop.ok('exec', '-d', 'up', 'true');
    const past = ['events', '--since', '1h', '--until', '0s', '--filter', 'container=up'];
    const [, id] = /exec_start: true .*execID=([0-9a-f]{64})/.exec(await boxtop.ok(...past))!;
    await expect.poll(() => boxtop.ok(...past)).toMatch(new RegExp(` exec_die .*execID=${id}`));
  });

  it('are kept apart in the logs', async () => {
    await expect.poll(() => boxtop.run(['logs', 'up'])).toMatchObject({ stdout: 'one\n', stderr: 'two\n' });
    await boxtop.ok('exec', 'up', 'touch', '/go');
    await expect.poll(() => boxtop.ok('logs', 'up')).toContain('three');
    expect(await boxtop.run(['logs', 'up'])).toEqual({
      exitCode: 0,
      stdout: 'one\nthree\n',
      stderr: 'two\n',
    });
    expect(await boxtop.run(['logs', '--tail', '1', 'up'])).toMatchObject({ stdout: 'three\n', stderr: '' });
    expect(await boxtop.run(['logs', '-n', '0', 'up'])).toMatchObject({ stdout: '', stderr: '' });
    const stamped = (await boxtop.run(['logs', '-t', 'up'])).stdout.split('\n');
    expect(stamped[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one$/);
    const time = stamped[1]!.split(' ')[0]!;
    expect(await boxtop.run(['logs', '--since', time, 'up'])).toMatchObject({
      stdout: 'three\n',
      stderr: '',
    });
    expect((await boxtop.run(['logs', '--until', stamped[0]!.split(' ')[0]!, 'up'])).stdout).not.toContain(
      'three',
    );
  });

  it('are followed until the end', async () => {
    const script = 'for i in 1 2 3; do echo $i; sleep 0.2; done';
    await boxtop.ok('run', '-d', '--network', 'none', '--name', 'counts', 'busybox', 'sh', '-c', script);
    expect(await boxtop.run(['logs', '-f', 'counts'])).toEqual({
      exitCode: 0,
      stdout: '1\n2\n3\n',
      stderr: '',
    });
    const following = boxtop.start(['logs', '-f', '--tail', '1', 'counts']);
    expect(await following.ended).toMatchObject({ stdout: '3\n' });
    await boxtop.ok('rm', 'counts');
  });

  it('are not kept with --log-driver none', async () => {
    const { stdout } = await boxtop.run([
      'run',
      '--network',
      'none',
      '--name',
      'mute',
      '--log-driver',
      'none',
      'busybox',
      'echo',
      'hi',
    ]);
    expect(stdout).toBe('hi\n');
    const { exitCode, stderr } = await boxtop.run(['logs', 'mute']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('configured logging driver does not support reading');
    await boxtop.ok('rm', 'mute');
  });

  it('give the id where only the input is attached', async () => {
    const { exitCode, stdout } = await boxtop.run([...RUN, '-i', '-a', 'stdin', 'busybox', 'cat'], {
      stdin: 'x',
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('pass signals on, and survive the client', async () => {
    const running = boxtop.start([
      ...RUN,
      '--name',
      'signalled',
      'busybox',
      'sh',
      '-c',
      'trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.1; done',
    ]);
    await running.said(/ready/);
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ exitCode: 9, stdout: 'ready\ngot\n' });
    const attached = boxtop.start(['attach', '--no-stdin', '--sig-proxy=false', 'up']);
    const told = [
      'events',
      '--since',
      '1m',
      '--until',
      '0s',
      '--filter',
      'event=attach',
      '--filter',
      'container=up',
    ];
    await expect.poll(() => boxtop.ok(...told)).not.toBe('');
    attached.kill('SIGKILL');
    await attached.ended;
    expect(await boxtop.ok('inspect', '-f', '{{.State.Status}}', 'up')).toBe('running');
  });

  it('arrive to the last byte, however soon the process ends', async () => {
    const print = (bytes: number) => [
      'busybox',
      'sh',
      '-c',
      `head -c ${bytes} /dev/zero | tr '\\0' x; exit 3`,
    ];
    for (const bytes of [1, 8192, 65_537, 300_001]) {
      for (const flags of [[], ['-t']]) {
        const { exitCode, stdout } = await boxtop.run([...RUN, ...flags, ...print(bytes)]);
        expect([exitCode, stdout.length]).toEqual([3, bytes]);
      }
    }
    await boxtop.ok('create', '--network', 'none', '--name', 'again', ...print(100_000));
    for (let round = 0; round < 3; round += 1) {
      const { exitCode, stdout } = await boxtop.run(['start', '-a', 'again']);
      expect([exitCode, stdout.length]).toEqual([3, 100_000]);
    }
    await boxtop.ok('rm', 'again');
  });

  it('pass any bytes, and input that nobody reads keeps nothing waiting', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const file = join(boxtop.work, 'bytes');
    writeFileSync(file, Buffer.concat(Array.from({ length: 4096 }, () => bytes)));
    const words = [BIN, '--root', boxtop.root, ...RUN, '-i', 'busybox'];
    const sh = (script: string) => execFileSync('sh', ['-c', script, 'sh', ...words], { encoding: 'utf8' });
    const sum = createHash('md5').update(readFileSync(file)).digest('hex');
    expect(sh(`"$@" cat < ${file} | md5sum`)).toContain(sum);
    for (let round = 0; round < 4; round += 1) {
      expect(sh(`"$@" echo unread < ${file}`)).toBe('unread\n');
      expect(sh('yes | "$@" head -n 2')).toBe('y\ny\n');
    }
    expect(sh(`"$@" cat <&-; echo $?`)).toBe('0\n');
  });

  it('that can’t be written end the client as Docker’s, not the container', async () => {
    const words = [BIN, '--root', boxtop.root, 'run', '--network', 'none', '--name', 'unheard', 'busybox'];
    const result = (script: string) => spawnSync('sh', ['-c', script, 'sh', ...words], { encoding: 'utf8' });
    const full = result('"$@" echo hi > /dev/full');
    expect([full.status, full.stderr]).toEqual([1, 'write /dev/stdout: no space left on device\n']);
    await boxtop.ok('rm', '-f', 'unheard');
    const script = '"$@" sh -c "while :; do echo on; sleep 0.05; done" | head -n 1';
    expect(result(script)).toMatchObject({ stdout: 'on\n', stderr: 'write /dev/stdout: broken pipe\n' });
    expect(await boxtop.ok('inspect', '-f', '{{.State.Status}}', 'unheard')).toBe('running');
    await boxtop.ok('rm', '-f', 'unheard');
  });
});
