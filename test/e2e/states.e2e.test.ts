import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';
import { until } from '../support/store.ts';

describe.skipIf(!canRunContainers)('the states of containers', () => {
  const boxtop = sharedBoxtop('states');
  const status = (name: string) => boxtop.ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', name);
  const daemon = (name: string, script: string, ...flags: string[]) =>
    boxtop.ok('run', '-d', '--network', 'none', '--name', name, ...flags, 'busybox', 'sh', '-c', script);
  const POLITE = 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done';

  beforeAll(async () => {
    await daemon('up', POLITE, '-l', 'role=test', '-e', 'A=1');
    // a first process gets no signal that it has not asked for
    await until(async () => (await boxtop.ok('logs', 'up')) === 'ready');
  });

  it('change with stop, start, restart, kill, pause and unpause', async () => {
    expect(await boxtop.ok('stop', 'up')).toBe('up');
    expect(await status('up')).toBe('exited 3');
    await boxtop.ok('start', 'up');
    const pid = await boxtop.ok('inspect', '-f', '{{.State.Pid}}', 'up');
    expect(await boxtop.ok('restart', 'up')).toBe('up');
    expect(await boxtop.ok('inspect', '-f', '{{.State.Pid}}', 'up')).not.toBe(pid);
    await boxtop.ok('pause', 'up');
    expect(await status('up')).toBe('paused 0');
    expect((await boxtop.run(['exec', 'up', 'true'])).stderr).toContain(
      'Container up is paused, unpause the container before exec',
    );
    await boxtop.ok('unpause', 'up');
    expect(await boxtop.ok('exec', 'up', 'echo', 'alive')).toBe('alive');
    expect(await boxtop.ok('kill', '-s', 'SIGSTOP', 'up')).toBe('up');
    await boxtop.ok('kill', '--signal', 'CONT', 'up');
    await boxtop.ok('kill', 'up');
    await expect.poll(() => status('up')).toBe('exited 137');
    expect((await boxtop.run(['kill', 'up'])).stderr).toMatch(/Cannot kill container: up: .* is not running/);
    expect((await boxtop.run(['kill', '-s', 'NOSUCH', 'up'])).stderr).toContain('Invalid signal: NOSUCH');
    expect((await boxtop.run(['kill', '-s', '99', 'up'])).stderr).toContain(
      'Cannot kill container: up: The linux daemon does not support signal 99',
    );
    await boxtop.ok('start', 'up');
  });

  it('are waited for, by several at once', async () => {
    await daemon('short', 'sleep 0.5; exit 7');
    const waits = await Promise.all([boxtop.ok('wait', 'short'), boxtop.ok('wait', 'short', 'short')]);
    expect(waits).toEqual(['7', '7\n7']);
    await boxtop.ok('rm', 'short');
  });

  it('are noticed when monitor or process were killed behind our back', async () => {
    const id = await daemon('lost', 'sleep 1000');
    const conmon = readFileSync(join(boxtop.root, 'run/containers', id, 'conmon.pid'), 'utf8');
    const pid = Number(await boxtop.ok('inspect', '-f', '{{.State.Pid}}', 'lost'));
    process.kill(Number(conmon), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => boxtop.ok('ps', '-a', '--filter', 'name=lost', '--format', '{{.State}}'))
      .toBe('exited');
    expect(await status('lost')).toBe('exited 137');
    await boxtop.ok('start', 'lost');
    process.kill(Number(await boxtop.ok('inspect', '-f', '{{.State.Pid}}', 'lost')), 'SIGKILL');
    await expect
      .poll(() => boxtop.ok('ps', '-aq', '--filter', 'status=running', '--filter', 'name=lost'))
      .toBe('');
    expect(await status('lost')).toBe('exited 137');
    await boxtop.ok('rm', 'lost');
  });

  it('are told to a store that is gone without making it anew', async () => {
    const root = join(boxtop.work, 'gone');
    for (const what of ['exited', 'exec-exited']) {
      const { exitCode, stderr } = await boxtop.run(['--root', root, 'internal', what, 'a'.repeat(64)]);
      expect([exitCode, stderr]).toEqual([0, '']);
    }
    expect(existsSync(root)).toBe(false);
    expect(await boxtop.run(['internal', 'exited', 'a'.repeat(64)])).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(await boxtop.run(['internal', 'exec-exited', 'a'.repeat(64)])).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });

  it('are counted: processes, memory, CPU', async () => {
    const [titles, ...rows] = (await boxtop.ok('top', 'up')).split('\n');
    expect(titles).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD/);
    // by pid: that of its sleep may be smaller, numbers begin anew
    expect(rows.join('\n')).toMatch(/^root +\d+ .* sh -c trap/m);
    const stats = await boxtop.ok(
      'stats',
      '--no-stream',
      '--format',
      '{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.PIDs}}',
      'up',
    );
    expect(stats).toMatch(/^up\|\d+\.\d\d%\|[\d.]+[KM]iB \/ [\d.]+GiB\|[12]$/);
    expect((await boxtop.ok('stats', '--no-stream')).split('\n')[0]).toMatch(
      /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/,
    );
  });

  it('are listed with filters, formats and sizes', async () => {
    await boxtop.ok('create', '--name', 'made', '-l', 'role=other', 'busybox', 'true');
    await boxtop
      .ok(
        'run',
        '--name',
        'gone',
        '--network',
        'none',
        'busybox',
        'sh',
        '-c',
        'head -c 5000 /dev/zero > /f; exit 4',
      )
      .catch(() => {});
    const names = async (...args: string[]) =>
      (await boxtop.ok('ps', '-a', '--format', '{{.Names}}', ...args)).split('\n').filter(Boolean).sort();
    expect(await names('--filter', 'status=created')).toEqual(['made']);
    expect(await names('--filter', 'exited=4')).toEqual(['gone']);
    expect(await names('--filter', 'label=role')).toEqual(['made', 'up']);
    expect(await names('--filter', 'label=role=other')).toEqual(['made']);
    expect(await names('--filter', 'name=^/?g')).toEqual(['gone']);
    expect(await names('--filter', 'ancestor=busybox')).toEqual(['gone', 'made', 'up']);
    expect(await names('--filter', 'before=gone', '--filter', 'since=up')).toEqual(['made']);
    expect(await names('-n', '1')).toEqual(['gone']);
    expect(await names('-l')).toEqual(['gone']);
    expect(await boxtop.ok('ps', '-s', '-a', '--filter', 'name=gone', '--format', '{{.Size}}')).toMatch(
      /^5(\.\d+)?kB \(virtual \d/,
    );
    const header = (await boxtop.ok('ps')).split('\n')[0];
    expect(header).toMatch(/^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/);
    const json = JSON.parse(await boxtop.ok('ps', '--format', '{{json .}}')) as Record<string, string>;
    expect(json).toMatchObject({
      Names: 'up',
      Image: 'busybox',
      State: 'running',
      Labels: 'role=test',
      Ports: '',
    });
    const refused = await boxtop.run(['ps', '--filter', 'odd=1']);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Invalid filter 'odd'") });
    await boxtop.ok('rm', 'made', 'gone');
  });

  it('are inspected with templates and as JSON', async () => {
    const [record] = JSON.parse(await boxtop.ok('inspect', 'up')) as Record<
      string,
      Record<string, unknown>
    >[];
    expect(record).toMatchObject({
      Name: '/up',
      Config: { Env: ['A=1'], Image: 'busybox', Volumes: null, Labels: { role: 'test' } },
      HostConfig: { NetworkMode: 'none', AutoRemove: false, CapAdd: null },
    });
    expect(await boxtop.ok('inspect', '-f', '{{index .HostConfig.MaskedPaths 0}}', 'up')).toBe('/proc/acpi');
    expect(
      await boxtop.ok(
        'inspect',
        '-f',
        '{{range .Config.Env}}<{{.}}>{{end}} {{index .Config.Labels "role"}}',
        'up',
      ),
    ).toBe('<A=1> test');
    expect(await boxtop.ok('inspect', '--type', 'image', '-f', '{{json .Config.Cmd}}', 'busybox')).toBe(
      '["sh"]',
    );
    expect(await boxtop.run(['inspect', 'nope'])).toMatchObject({
      exitCode: 1,
      stdout: '[]\n',
      stderr: expect.stringMatching(/^Error: No such object: nope/),
    });
  });

  it('are stopped by the signal that stop and restart name', async () => {
    const script = 'trap "exit 5" USR1; echo ready; while :; do sleep 0.05; done';
    await daemon('signalled', script, '--stop-signal', 'WINCH');
    const ready = (count: number) =>
      expect.poll(() => boxtop.ok('logs', 'signalled')).toBe(Array(count).fill('ready').join('\n'));
    await ready(1);
    await boxtop.ok('restart', '-s', 'SIGUSR1', 'signalled');
    await ready(2);
    const refused = await boxtop.run(['stop', '--signal', 'NOPE', 'signalled']);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Invalid signal: NOPE') });
    expect(await boxtop.ok('stop', '--signal', 'usr1', 'signalled')).toBe('signalled');
    expect(await status('signalled')).toBe('exited 5');
  });

  it('are told as events', async () => {
    const beginning = String(Date.now() / 1000); // it says nothing until there is something
    const following = boxtop.start([
      ...['events', '--since', beginning, '--filter', 'container=told', '--format', '{{.Type}} {{.Action}}'],
    ]);
    await boxtop.ok('run', '--rm', '--name', 'told', '--network', 'none', 'busybox', 'true');
    await following.said(/destroy/);
    following.kill('SIGINT');
    const { stdout } = await following.ended;
    const expected = ['create', 'start', 'die', 'destroy'].map((action) => `container ${action}`);
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((line) => !line.endsWith('attach')),
    ).toEqual(expected);
    const since = await boxtop.ok(
      'events',
      '--since',
      '5m',
      '--until',
      '0s',
      '--filter',
      'container=told',
      '--filter',
      'event=die',
    );
    expect(since).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+\S+ container die [0-9a-f]{64} \(exitCode=0, image=busybox, name=told\)$/,
    );
  });

  it('write and claim the file of --cidfile', async () => {
    const file = join(boxtop.work, 'id');
    const id = await boxtop.ok('create', '--cidfile', file, 'busybox');
    expect(readFileSync(file, 'utf8')).toBe(id);
    expect((await boxtop.run(['create', '--cidfile', file, 'busybox'])).stderr).toContain(
      'container ID file found',
    );
    await boxtop.ok('rm', id.slice(0, 6));
  });

  it('keep their names for themselves', async () => {
    const { exitCode, stderr } = await boxtop.run(['create', '--name', 'up', 'busybox']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /Conflict\. The container name "\/up" is already in use by container "?[0-9a-f]{64}"?\. You have to remove \(or rename\) that container to be able to reuse that name\./,
    );
    await boxtop.ok('rename', 'up', 'other');
    expect(await boxtop.ok('ps', '--format', '{{.Names}}')).toBe('other');
    await boxtop.ok('rename', 'other', 'up');
  });
});
