import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContainerHealth } from '../../src/engine/index.ts';
import { sharedBoxtop } from '../support/boxtop.ts';
import { processesNaming } from '../support/leaks.ts';
import { canRunContainers } from '../support/requirements.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
const OFTEN = ['--health-interval', '200ms'];

describe.skipIf(!canRunContainers)('health checks', () => {
  const boxtop = sharedBoxtop('health');
  const inspect = (name: string, template: string) => boxtop.ok('inspect', '-f', template, name);
  const health = async (name: string): Promise<ContainerHealth> =>
    JSON.parse(await inspect(name, '{{json .State.Health}}'));
  const healthStatus = async (name: string) => (await health(name)).Status;
  const shown = (name: string) =>
    boxtop.ok('ps', '-a', '--filter', `name=${name}`, '--format', '{{.Status}}');
  const run = (name: string, ...flags: string[]) =>
    boxtop.ok(...['run', '-d', '--network', 'none', '--name', name, ...flags, 'busybox', 'sleep', '1000']);
  const supervisors = () => processesNaming(`${boxtop.root}/run\0internal\0supervise`);
  /** One that is about to run another program looks like its parent. */
  const killAtOnce = (pid: number) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended
    }
  };
  const events = async (name: string) =>
    (
      await boxtop.ok(
        ...['events', '--since', '5m', '--until', '0s', '--filter', `container=${name}`],
        ...['--format', '{{.Action}}'],
      )
    ).split('\n');

  it('are run from the start on, by a process that ends with the last of them', async () => {
    await run('sick', '--health-cmd', 'echo out; test -e /ok', '--health-retries', '2', ...OFTEN);
    expect(await shown('sick')).toMatch(/^Up .* \((health: starting|unhealthy)\)$/);
    await expect.poll(supervisors, PATIENCE).toHaveLength(1);
    await expect.poll(() => shown('sick'), PATIENCE).toMatch(/^Up .* \(unhealthy\)$/);
    const { FailingStreak, Log } = await health('sick');
    expect(FailingStreak).toBeGreaterThanOrEqual(2);
    expect(Log[0]).toMatchObject({ ExitCode: 1, Output: 'out\n' });
    expect(Object.keys(Log[0]!)).toEqual(['Start', 'End', 'ExitCode', 'Output']);
    await boxtop.ok('exec', 'sick', 'touch', '/ok');
    await expect.poll(() => shown('sick'), PATIENCE).toMatch(/^Up .* \(healthy\)$/);
    expect((await health('sick')).FailingStreak).toBe(0);
    const told = await events('sick');
    expect(told.filter((action) => action.startsWith('health_status'))).toEqual([
      'health_status: unhealthy',
      'health_status: healthy',
    ]);
    expect(told).toContain('exec_create: /bin/sh -c echo out; test -e /ok');
    expect(await boxtop.ok('ps', '-q', '--filter', 'health=healthy')).not.toBe('');
    expect(await boxtop.ok('ps', '-q', '--filter', 'health=unhealthy')).toBe('');
  });

  it('are shown on the screen as they change, beside restarts and lost monitors', async () => {
    const screen = boxtop.terminal([], { cols: 130, rows: 30 });
    await screen.waitFor(/● sick .*healthy/);
    await boxtop.ok('exec', 'sick', 'rm', '/ok');
    await screen.waitFor(/! sick .*unhealthy/);
    await boxtop.ok('exec', 'sick', 'touch', '/ok');
    await screen.waitFor(/● sick .*[^n]healthy/);
    screen.type(':run -d --name looping --network none --restart always busybox false\r');
    await screen.waitFor(/◌ looping .*[Rr]estarting/);
    const id = await run('deserted');
    process.kill(
      Number(readFileSync(join(boxtop.root, 'run/containers', id, 'conmon.pid'), 'utf8')),
      'SIGKILL',
    );
    screen.type(':rm -f looping\r'); // whatever changes, the list is read again
    await screen.waitFor(/\? deserted .*lost/);
    await boxtop.ok('rm', '-f', 'deserted');
    await screen.close();
  });

  it('rest while the container is paused, and end with it', async () => {
    await boxtop.ok('pause', 'sick');
    expect(await shown('sick')).toMatch(/\(Paused\)$/);
    expect(await healthStatus('sick')).toBe('unhealthy');
    await boxtop.ok('unpause', 'sick');
    await expect.poll(() => healthStatus('sick'), PATIENCE).toBe('healthy');
    await boxtop.ok('stop', '-t', '0', 'sick');
    expect(await healthStatus('sick')).toBe('unhealthy');
    expect(await shown('sick')).toMatch(/^Exited \(137\)/);
    await expect.poll(supervisors, PATIENCE).toEqual([]);
    await boxtop.ok('start', 'sick');
    expect((await health('sick')).Log.length).toBeGreaterThan(0);
    await expect.poll(() => healthStatus('sick'), PATIENCE).toBe('healthy');
    await boxtop.ok('rm', '-f', 'sick');
  });

  it('go on when their process was killed, which leaves no check behind', async () => {
    await run('firm', '--health-cmd', 'echo $$ >> /pids; exec sleep 999', '--health-timeout', '1h', ...OFTEN);
    await expect
      .poll(() => boxtop.run(['exec', 'firm', 'cat', '/pids']), PATIENCE)
      .toMatchObject({ exitCode: 0 });
    for (const pid of supervisors()) killAtOnce(pid);
    await expect.poll(() => boxtop.ok('exec', 'firm', 'wc', '-l', '/pids'), PATIENCE).toMatch(/^2 /);
    const running = await boxtop.ok('top', 'firm', '-o', 'pid,stat,args');
    expect(running.match(/ [^Z]\S* +sleep 999/g)).toHaveLength(1);
    await boxtop.ok('rm', '-f', 'firm');
  });

  it('that hang are killed at their time-out with all they started', async () => {
    // later checks hang as well, but with nothing that could be taken for what the first one started
    const first = 'n=90; sleep ${n}1 & (sleep ${n}2 &); setsid sleep ${n}3 & sleep ${n}4';
    const script = `[ ! -e /once ] || exec sleep 1000; touch /once; ${first}`;
    const once = ['--health-timeout', '1s', '--health-retries', '1', '--health-interval', '2s'];
    await run('hung', '--health-cmd', script, ...once);
    await expect.poll(() => healthStatus('hung'), PATIENCE).toBe('unhealthy');
    await boxtop.ok('pause', 'hung');
    const { Log } = await health('hung');
    expect(Log[0]).toMatchObject({ ExitCode: -1, Output: 'Health check exceeded timeout (1s)' });
    const [title, ...rows] = (await boxtop.ok('top', 'hung', '-o', 'pid,stat,args')).split('\n');
    expect(title).toMatch(/PID/);
    expect(rows.filter((row) => /sleep 90\d/.test(row))).toEqual([]);
    await boxtop.ok('rm', '-f', 'hung');
  });

  it('keep 4096 bytes of what they say, and wait for nobody they left behind', async () => {
    await run('loud', '--health-cmd', 'head -c 5000 /dev/zero | tr "\\0" x; sleep 905 &', ...OFTEN);
    await expect.poll(() => healthStatus('loud'), PATIENCE).toBe('healthy');
    expect((await health('loud')).Log[0]!.Output).toBe(`${'x'.repeat(4096)}...`);
    await boxtop.ok('rm', '-f', 'loud');
  });

  it('say why they could not be run', async () => {
    const file = join(boxtop.work, 'Dockerfile');
    writeFileSync(file, 'FROM busybox\nHEALTHCHECK --interval=200ms --retries=1 CMD ["/nosuch"]\n');
    await boxtop.ok('build', '-q', '-t', 'checked', '-f', file, boxtop.work);
    await boxtop.ok('run', '-d', '--network', 'none', '--name', 'odd', 'checked', 'sleep', '1000');
    await expect.poll(() => healthStatus('odd'), PATIENCE).toBe('unhealthy');
    const [first] = (await health('odd')).Log;
    expect(first).toMatchObject({
      ExitCode: -1,
      Output: expect.stringContaining('exec: "/nosuch": stat /nosuch'),
    });
    await boxtop.ok('rm', '-f', 'odd');
    const none = [
      'run',
      '-d',
      '--network',
      'none',
      '--no-healthcheck',
      '--name',
      'none',
      'checked',
      'sleep',
      '1000',
    ];
    await boxtop.ok(...none);
    expect(await inspect('none', '{{json .State}}')).not.toContain('Health');
    expect(await inspect('none', '{{json .Config.Healthcheck.Test}}')).toBe('["NONE"]');
    expect(await shown('none')).toMatch(/^Up [^(]*$/);
    await boxtop.ok('rm', '-f', 'none');
  });

  it.each([
    ['kill', 'exited 137'],
    ['stop', 'exited 137'],
    ['none', 'running 0'],
  ])('do what --health-on-failure %s says', async (action, after) => {
    await run(
      'act',
      '--health-cmd',
      'false',
      '--health-retries',
      '1',
      '--health-on-failure',
      action,
      '--stop-timeout',
      '0',
      ...OFTEN,
    );
    await expect.poll(() => healthStatus('act'), PATIENCE).toBe('unhealthy');
    await expect.poll(() => inspect('act', '{{.State.Status}} {{.State.ExitCode}}'), PATIENCE).toBe(after);
    await boxtop.ok('rm', '-f', 'act');
  });

  it('act on a failure also after a signal that was for the program', async () => {
    const script = 'trap : HUP; while :; do sleep 0.05; done';
    const flags = ['--health-cmd', '! test -e /sick', '--health-retries', '1', '--health-on-failure', 'kill'];
    await boxtop.ok(
      ...['run', '-d', '--network', 'none', '--name', 'signalled', ...flags, ...OFTEN],
      ...['busybox', 'sh', '-c', script],
    );
    await expect.poll(() => healthStatus('signalled'), PATIENCE).toBe('healthy');
    await boxtop.ok('kill', '-s', 'HUP', 'signalled');
    await boxtop.ok('exec', 'signalled', 'touch', '/sick');
    await expect.poll(() => inspect('signalled', '{{.State.Status}}'), PATIENCE).toBe('exited');
    await boxtop.ok('rm', 'signalled');
  });

  it('restart the container with --health-on-failure restart, and by its policy after kill', async () => {
    const once = 'test -e /again || { touch /again; false; }';
    const flags = ['--health-retries', '1', '--stop-timeout', '0', '--health-cmd', once, ...OFTEN];
    await run('anew', '--health-on-failure', 'restart', ...flags);
    await run('back', '--health-on-failure', 'kill', '--restart', 'always', ...flags);
    await expect.poll(() => events('anew'), PATIENCE).toContain('restart');
    await expect.poll(() => inspect('back', '{{.RestartCount}}'), PATIENCE).toBe('1');
    await expect.poll(() => healthStatus('anew'), PATIENCE).toBe('healthy');
    await expect.poll(() => healthStatus('back'), PATIENCE).toBe('healthy');
    await boxtop.ok('rm', '-f', 'anew', 'back');
    await expect.poll(supervisors, PATIENCE).toEqual([]);
    expect(readFileSync(join(boxtop.root, 'run/supervisor.log'), 'utf8')).toBe('');
  });
});
