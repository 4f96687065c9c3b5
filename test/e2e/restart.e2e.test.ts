import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { processesNaming } from '../support/leaks.ts';
import { canRunContainers } from '../support/requirements.ts';

const PATIENCE = { timeout: 30_000, interval: 100 };

describe.skipIf(!canRunContainers)('containers with a restart policy', () => {
  const boxtop = sharedBoxtop('restart');
  const inspect = (name: string, template: string) => boxtop.ok('inspect', '-f', template, name);
  const status = (name: string) => inspect(name, '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}');
  const run = (name: string, policy: string, script: string, ...flags: string[]) =>
    boxtop.ok(
      ...['run', '-d', '--network', 'none', '--restart', policy, '--name', name],
      ...[...flags, 'busybox', 'sh', '-c', script],
    );
  const refusal = async (...args: string[]) => (await boxtop.run(args)).stderr;
  const supervisors = () => processesNaming(`${boxtop.root}/run\0internal\0supervise`);
  /** Killed, it may still be there for a moment. */
  const killMonitor = async (id: string) => {
    const pid = readFileSync(join(boxtop.root, 'run/containers', id, 'conmon.pid'), 'utf8').trim();
    process.kill(Number(pid), 'SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
  };
  const POLITE = 'trap "exit 0" TERM; echo polite; while :; do sleep 0.05; done';

  it('are started again as often as on-failure says, and their log goes on', async () => {
    await run('thrice', 'on-failure:2', 'echo run; exit 3');
    const { stdout } = await boxtop.run(['logs', '-f', 'thrice']);
    expect(stdout).toBe('run\nrun\nrun\n');
    await expect.poll(() => status('thrice'), PATIENCE).toBe('exited 3 2');
    const told = await boxtop.ok(
      ...['events', '--since', '1m', '--until', '0s', '--filter', 'container=thrice'],
      ...['--format', '{{.Action}} {{index .Actor.Attributes "exitCode"}}'],
    );
    const lives = told.split('\n').filter((line) => /^(start|die)/.test(line));
    expect(lives.map((line) => line.replace('<no value>', '').trim())).toEqual([
      'start',
      'die 3',
      'start',
      'die 3',
      'start',
      'die 3',
    ]);
    await expect.poll(supervisors, PATIENCE).toEqual([]);
  });

  it('are started again whatever their status, also the one of a container that the machine took down', async () => {
    await run('lost', 'on-failure:1', 'exit 255');
    await expect.poll(() => status('lost'), PATIENCE).toBe('exited 255 1');
    await boxtop.ok('rm', 'lost');
  });

  it('stay down when on-failure sees a success', async () => {
    await run('fine', 'on-failure', 'exit 0');
    await expect.poll(() => status('fine'), PATIENCE).toBe('exited 0 0');
  });

  it('wait longer and longer, and refuse meanwhile what needs a process', async () => {
    const id = await run('loop', 'always', 'exit 4');
    // until the delay is so long that all of this fits in
    await expect.poll(() => inspect('loop', '{{.RestartCount}}'), PATIENCE).toMatch(/^[6-8]$/);
    await expect.poll(() => inspect('loop', '{{.State.Status}}'), PATIENCE).toBe('restarting');
    // on a slow machine it may run for a moment in between
    await expect
      .poll(() => boxtop.ok('ps', '--format', '{{.Names}}|{{.State}}|{{.Status}}'), PATIENCE)
      .toMatch(/^loop\|restarting\|Restarting \(4\) (Less than a|\d+) seconds? ago$/m);
    await expect
      .poll(() => inspect('loop', '{{.State.Running}} {{.State.Restarting}} {{.State.Pid}}'), PATIENCE)
      .toBe('true true 0');
    const isRestarting = `Container ${id} is restarting, wait until the container is running`;
    const isKept = `You cannot remove a restarting container ${id}. Stop the container before attempting removal or force remove`;
    const refused = (...args: string[]) =>
      expect.poll(async () => {
        const said = await refusal(...args);
        if (said === '' && args[0] === 'pause') await boxtop.run(['unpause', 'loop']); // else it would stay so
        return said;
      }, PATIENCE);
    await Promise.all([
      refused('exec', 'loop', 'true').toContain(isRestarting),
      refused('pause', 'loop').toContain(isRestarting),
      refused('top', 'loop').toContain(isRestarting),
      refused('attach', 'loop').toContain('You cannot attach to a restarting container'),
      refused('rm', 'loop').toContain(isKept),
    ]);
    expect(await boxtop.ok('start', 'loop')).toBe('loop');
    expect(await boxtop.ok('stop', 'loop')).toBe('loop');
    expect(await status('loop')).toMatch(/^exited 4 \d+$/);
    await expect.poll(supervisors, PATIENCE).toEqual([]);
    // counted anew: else it would not be started even once
    await boxtop.ok('update', '--restart', 'on-failure:1', 'loop');
    await boxtop.ok('start', 'loop');
    await expect.poll(() => status('loop'), PATIENCE).toBe('exited 4 1');
    await boxtop.ok('update', '--restart', 'always', 'loop');
    await boxtop.ok('start', 'loop');
    await boxtop.ok('rm', '-f', 'loop');
    await expect.poll(supervisors, PATIENCE).toEqual([]);
  });

  it('stay down after stop and kill by the user', async () => {
    for (const [name, ...verb] of [
      ['stopped', 'stop'],
      ['killed', 'kill'],
      ['termed', 'kill', '-s', 'TERM'],
    ] as [string, ...string[]][]) {
      await run(name, 'always', POLITE);
      // before it has set its trap it gets no signal
      await expect.poll(() => boxtop.ok('logs', name), PATIENCE).toBe('polite');
      await boxtop.ok(...verb, name);
      await expect
        .poll(() => inspect(name, '{{.State.Status}} {{.RestartCount}}'), PATIENCE)
        .toBe('exited 0');
    }
    await expect.poll(supervisors, PATIENCE).toEqual([]);
  });

  it('come back with their ports, and a wait ends at the first exit', async () => {
    const script = 'echo served | nc -l -p 80; exit 5';
    await boxtop.ok(
      ...[
        'run',
        '-d',
        '--name',
        'served',
        '--restart',
        'always',
        '-p',
        '127.0.0.1::80',
        'busybox',
        'sh',
        '-c',
        script,
      ],
    );
    let waited: string | undefined;
    const waiting = boxtop.run(['wait', 'served']).then(({ stdout }) => {
      waited = stdout;
    });
    waiting.catch(() => {}); // then nothing was told
    for (const count of [1, 2]) {
      await expect.poll(() => inspect('served', '{{.State.Status}}'), PATIENCE).toBe('running');
      const port = (await boxtop.ok('port', 'served', '80')).split(':')[1]!;
      await expect.poll(() => fetchLine(port), PATIENCE).toBe('served');
      await expect.poll(() => inspect('served', '{{.RestartCount}}'), PATIENCE).toBe(String(count));
    }
    // it may have begun to wait only now
    const afterOneMore = async () => {
      const [, port] = /:(\d+)/.exec((await boxtop.run(['port', 'served', '80'])).stdout) ?? [];
      if (waited === undefined && port !== undefined) await fetchLine(port);
      return waited;
    };
    await expect.poll(afterOneMore, PATIENCE).toBe('5\n');
    await boxtop.ok('rm', '-f', 'served');
  });

  it('are started although the background process was killed', async () => {
    await run('slow', 'always', 'sleep 0.2; exit 1');
    await expect.poll(() => inspect('slow', '{{.RestartCount}}'), PATIENCE).toMatch(/^[4-7]$/);
    await expect.poll(() => inspect('slow', '{{.State.Status}}'), PATIENCE).toBe('restarting');
    for (const pid of supervisors()) killAtOnce(pid);
    const before = Number(await inspect('slow', '{{.RestartCount}}')); // the command itself starts it again
    const after = async () => Number(await inspect('slow', '{{.RestartCount}}'));
    await expect.poll(after, PATIENCE).toBeGreaterThan(before);
    await boxtop.ok('rm', '-f', 'slow');
  });

  it('are started when monitor and process were killed, and shown as lost while the process lives', async () => {
    const id = await run('lost', 'always', POLITE);
    const pid = Number(await inspect('lost', '{{.State.Pid}}'));
    await killMonitor(id);
    const shown = () => boxtop.ok('ps', '--filter', 'name=lost', '--format', '{{.State}} {{.Status}}');
    await expect.poll(shown, PATIENCE).toMatch(/^running Up .* \(lost, restart it\)$/);
    expect(await inspect('lost', '{{.State.Error}}')).toMatch(/monitor .* was killed.*boxtop restart lost$/);
    expect(await refusal('attach', 'lost')).toContain('boxtop restart lost');
    expect(await boxtop.ok('exec', 'lost', 'echo', 'alive')).toBe('alive');
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => inspect('lost', '{{.State.Status}} {{.RestartCount}}'), PATIENCE)
      .toBe('running 1');
    await boxtop.ok('rm', '-f', 'lost');
  });

  it.each([
    ['with a log', []],
    ['without one', ['--log-driver', 'none']],
  ])('are started when monitor and process were killed and nobody looks, %s', async (_, flags) => {
    const id = await run('unseen', 'always', 'sleep 1000', ...flags);
    const pid = Number(await inspect('unseen', '{{.State.Pid}}'));
    await killMonitor(id);
    process.kill(pid, 'SIGKILL');
    // events bring no record up to date
    const told = () =>
      boxtop.ok(
        ...['events', '--since', '1m', '--until', '0s', '--format', '{{.Action}}'],
        ...['--filter', `container=${id}`, '--filter', 'event=start', '--filter', 'event=die'],
      );
    await expect.poll(told, PATIENCE).toBe('start\ndie\nstart');
    await boxtop.ok('rm', '-f', 'unseen');
  });

  it.each([
    [['stop', '-t', '0', 'lost'], 'exited'],
    [['kill', 'lost'], 'exited'],
    [['start', 'lost'], 'running'],
    [['restart', '-t', '0', 'lost'], 'running'],
  ])('that lost their monitor obey %j', async (verb, after) => {
    const id = await run('lost', 'unless-stopped', 'sleep 1000');
    const pid = await inspect('lost', '{{.State.Pid}}');
    await killMonitor(id);
    await boxtop.ok(...verb);
    expect(await inspect('lost', '{{.State.Status}} [{{.State.Error}}]')).toBe(`${after} []`);
    expect(isAlive(pid)).toBe(false);
    await boxtop.ok('rm', '-f', 'lost');
  });

  it('refuse policies that mean nothing', async () => {
    const refused = (...flags: string[]) => refusal('create', ...flags, 'busybox');
    expect(await refused('--restart', 'sometimes')).toContain("invalid restart policy 'sometimes'");
    expect(await refused('--restart', 'always:3')).toContain(
      "maximum retry count cannot be used with restart policy 'always'",
    );
    expect(await refused('--restart', 'on-failure:-1')).toContain('maximum retry count cannot be negative');
    expect(await boxtop.run(['run', '--rm', '--restart', 'always', 'busybox'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('conflicting options: cannot specify both --restart and --rm'),
    });
  });

  it("end a foreground run at the first exit, with the program's status", async () => {
    const { exitCode, stdout } = await boxtop.run(
      'run --name front --network none --restart on-failure:1 busybox sh -c'
        .split(' ')
        .concat('echo hi; exit 6'),
    );
    expect([exitCode, stdout]).toEqual([6, 'hi\n']);
    await expect.poll(() => status('front'), PATIENCE).toBe('exited 6 1');
  });
});

/** One that is about to run another program looks like its parent, and may have ended. */
function killAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has
  }
}

/** A zombie is no process any more. */
function isAlive(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** What is served there; '' while nobody listens. */
function fetchLine(port: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {}); // told by what was read
    socket.on('close', () => resolve(text.trim()));
  });
}

describe.skipIf(!canRunContainers)('restart of a container with --rm', () => {
  const boxtop = sharedBoxtop('restart-rm');
  const DEAF = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'];
  const pidOf = () => boxtop.ok('inspect', '-f', '{{.State.Pid}}', 'deaf');

  it('lets others at it during the grace time, and keeps it whoever ends it', async () => {
    await boxtop.ok('run', '-d', '--rm', '--network', 'none', '--name', 'deaf', 'busybox', ...DEAF);
    const first = await pidOf();
    const restarting = boxtop.start(['restart', '-t', '600', 'deaf']);
    const events = ['events', '--since', '1m', '--until', '0s', '-f', 'event=kill'];
    await expect.poll(() => boxtop.ok(...events), PATIENCE).toMatch(/kill/);
    await boxtop.ok('exec', 'deaf', 'true');
    await boxtop.ok('pause', 'deaf');
    await boxtop.ok('unpause', 'deaf');
    await boxtop.ok('stop', '-t', '0', 'deaf'); // ends it: the restart goes on
    expect((await restarting.ended).exitCode).toBe(0);
    expect(await pidOf()).not.toBe(first);
    await boxtop.ok('kill', 'deaf');
    await expect.poll(() => boxtop.ok('ps', '-aq'), PATIENCE).toBe('');
  });

  it('is forgotten with the process that was at it: then its end removes it', async () => {
    await boxtop.ok('run', '-d', '--rm', '--network', 'none', '--name', 'deaf', 'busybox', ...DEAF);
    const restarting = boxtop.start(['restart', '-t', '600', 'deaf']);
    const id = await boxtop.ok('ps', '-q');
    const events = ['events', '--since', '1m', '--until', '0s', '-f', 'event=kill', '-f', `container=${id}`];
    await expect.poll(() => boxtop.ok(...events), PATIENCE).toMatch(/kill/);
    restarting.kill('SIGKILL');
    await restarting.ended;
    await boxtop.ok('kill', 'deaf');
    await expect.poll(() => boxtop.ok('ps', '-aq'), PATIENCE).toBe('');
  });
});
