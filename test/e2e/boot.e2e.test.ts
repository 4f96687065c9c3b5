import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { processesNaming } from '../support/leaks.ts';
import { canRunContainers } from '../support/requirements.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

describe.skipIf(!canRunContainers)("the machine's start", () => {
  const boxtop = sharedBoxtop('boot');
  const run = (name: string, ...flags: string[]) =>
    boxtop.ok(
      'run',
      '-d',
      '--network',
      'none',
      '--stop-timeout',
      '0',
      '--name',
      name,
      ...flags,
      'busybox',
      'sleep',
      '1000',
    );
  const statuses = async () => {
    const rows = await boxtop.ok('ps', '-a', '--format', '{{.Names}} {{.Status}}');
    const short = (row: string) => row.replace(/ Up .*/, ' up').replace(/(Exited \(\d+\)).*/, '$1');
    return Object.fromEntries(rows.split('\n').map((row) => short(row).split(/ (.*)/).slice(0, 2)));
  };

  /** Nothing of the store runs, is mounted, or lies in its run folder any more. */
  async function takeMachineDown(): Promise<void> {
    const ids = (await boxtop.ok('ps', '-q', '--no-trunc')).split('\n').filter(Boolean);
    const pids = await Promise.all(ids.map((id) => boxtop.ok('inspect', '-f', '{{.State.Pid}}', id)));
    // the monitors first, that they tell nobody of the ends
    // again and again: one of them may just have begun another
    const killAll = () => {
      const found = processesNaming(boxtop.root);
      for (const pid of found) killAtOnce(pid);
      return found;
    };
    await expect.poll(killAll, { ...PATIENCE, interval: 10 }).toEqual([]);
    for (const pid of pids) killAtOnce(Number(pid));
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').reverse();
    const places = lines
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(boxtop.root));
    for (const place of places) execFileSync('umount', ['-l', place]);
    rmSync(join(boxtop.root, 'run'), { recursive: true, force: true });
    await expect.poll(() => ids.flatMap(removeGroups), PATIENCE).toEqual([]);
  }

  it('brings back what its restart policy says, and clears what the rest left', async () => {
    await run('always', '--restart', 'always');
    await run('joined', '--restart', 'always', '--pid', 'container:always');
    await run('checked', '--restart', 'unless-stopped', '--health-cmd', 'true', '--health-interval', '200ms');
    await run('failing', '--restart', 'on-failure');
    await run('plain', '-v', 'data:/data');
    await run('passing', '--rm');
    await run('halted', '--restart', 'unless-stopped');
    await run('stubborn', '--restart', 'always');
    await boxtop.ok('stop', 'halted', 'stubborn');
    await boxtop.ok('create', '--restart', 'always', '--name', 'new', 'busybox');
    await takeMachineDown();
    const started = (await boxtop.ok('boot')).split('\n').sort();
    expect(started).toEqual(['always', 'checked', 'failing', 'joined', 'stubborn']);
    expect(await statuses()).toEqual({
      always: 'up',
      joined: 'up',
      checked: 'up',
      failing: 'up',
      stubborn: 'up',
      plain: 'Exited (255)',
      halted: 'Exited (137)',
      new: 'Created',
    });
    expect(await boxtop.ok('inspect', '-f', '{{.RestartCount}}', 'always')).toBe('0');
    const health = () => boxtop.ok('inspect', '-f', '{{.State.Health.Status}}', 'checked');
    await expect.poll(health, PATIENCE).toBe('healthy');
    expect(await boxtop.ok('boot'), 'nothing is left to start').toBe('');
    await boxtop.ok('start', 'plain');
  });

  it('brings back what its end stopped in good order, but not what the user stopped', async () => {
    await boxtop.ok('stop', 'checked');
    const stopped = (await boxtop.ok('boot', '--stop')).split('\n').sort();
    expect(stopped).toEqual(['always', 'failing', 'joined', 'plain', 'stubborn']);
    expect(await boxtop.ok('ps', '-q')).toBe('');
    expect((await boxtop.ok('boot')).split('\n').sort()).toEqual(['always', 'failing', 'joined', 'stubborn']);
  });

  it('says who could not be started, and starts the others', async () => {
    await boxtop.ok('stop', 'always', 'joined', 'failing', 'stubborn');
    const device = join(boxtop.work, 'gone');
    writeFileSync(device, '');
    await boxtop.ok(
      ...['run', '-d', '--network', 'none', '--stop-timeout', '0', '--name', 'broken', '--restart', 'always'],
      ...['--mount', `type=bind,source=${device},target=/f`, 'busybox', 'sleep', '1000'],
    );
    await takeMachineDown();
    rmSync(device);
    const { exitCode, stdout, stderr } = await boxtop.run(['boot']);
    expect(exitCode).toBe(1);
    expect(stdout.trim().split('\n').sort()).toEqual(['always', 'failing', 'joined', 'stubborn']);
    expect(stderr).toMatch(/^Error: broken: .*gone/m);
    expect(stderr).toContain('Error: failed to start containers: broken');
  });
});

/** The kernel's own folders; those that still have a process are returned. */
function removeGroups(id: string): string[] {
  const base = '/sys/fs/cgroup';
  const folders = ['', ...readdirSync(base)].map((controller) => join(base, controller, 'boxtop', id));
  return folders.filter(existsSync).filter((folder) => {
    try {
      rmdirSync(folder);
      return false;
    } catch {
      return true;
    }
  });
}

function killAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}
