/** Logs of real containers: rotation, followers, ends of a log, and a log that somebody deleted. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Running, sharedBoxtop } from '../support/boxtop.ts';
import { processesNaming } from '../support/leaks.ts';
import { errorLine } from '../support/refusal.ts';
import { canRunContainers } from '../support/requirements.ts';

/** Numbered lines as fast as a shell can, until the file /stop is there; then the number of the last and the end. */
const COUNTER =
  'i=0; while :; do i=$((i+1)); echo "line $i"; [ $((i % 1000)) != 0 ] || [ ! -e /stop ] || break; done; echo "last $i"';
const WAIT = { timeout: 60_000, interval: 100 };

describe.skipIf(!canRunContainers)('logs', () => {
  const boxtop = sharedBoxtop('logs');
  const start = (name: string, script: string, ...flags: string[]) =>
    boxtop.ok('run', '-d', '--network', 'none', '--name', name, ...flags, 'busybox', 'sh', '-c', script);
  const folderOf = (id: string) => join(boxtop.root, 'containers', id);
  const logsOf = (id: string) => readdirSync(folderOf(id)).filter((name) => name.startsWith('log'));
  const inodeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.ino;
  /** One that is about to run another program looks like its parent. */
  const watchers = () => processesNaming(`boxtop-watch\0${join(boxtop.root, 'run/logs')}\0`);
  const watcherPid = () => Number(readFileSync(join(boxtop.root, 'run/logs/pid'), 'utf8'));
  const linesOf = async (following: Running) => (await following.ended).stdout.trimEnd().split('\n');

  /** Ends a counter; it may take `touch` along with it. */
  const end = (name: string) => boxtop.run(['exec', name, 'touch', '/stop']);

  /** Waits until the log has been rotated `times` more. */
  async function rotated(id: string, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const before = inodeOf(join(folderOf(id), 'log.1'));
      await vi.waitFor(() => expect(inodeOf(join(folderOf(id), 'log.1'))).not.toBe(before), WAIT);
    }
  }

  it('are rotated under a writer at full speed, and no follower misses or doubles a line', async () => {
    const id = await start('fast', COUNTER, '--log-opt', 'max-size=100k', '--log-opt', 'max-file=3');
    const fromStart = boxtop.start(['logs', '-f', 'fast']);
    await fromStart.said(/line 1\n/);
    await rotated(id, 1);
    const fromMiddle = boxtop.start(['logs', '-f', '--tail', '1', 'fast']);
    await fromMiddle.said(/line \d+\n/);
    await rotated(id, 3);
    expect(logsOf(id).filter((name) => name !== 'log.tmp').length).toBeLessThanOrEqual(3);
    await end('fast');
    for (const following of [fromStart, fromMiddle]) {
      const lines = await linesOf(following);
      const numbers = lines.map((line) => Number(line.split(' ')[1]));
      expect(lines.at(-1)).toMatch(/^last /);
      const first = numbers[0]!;
      // the last number is told twice
      const wrong = numbers.slice(0, -1).findIndex((number, i) => number !== first + i);
      expect(wrong, `lines ${lines.slice(wrong - 2, wrong + 2)}`).toBe(-1);
      expect(numbers.at(-1)).toBe(numbers.at(-2));
      if (following === fromStart) expect(first).toBe(1);
    }
    await boxtop.ok('rm', 'fast');
  });

  it('are read over all files by --tail, --since, -t and by the time of a line', async () => {
    const script =
      'while [ ! -e /go ]; do sleep 0.05; done; seq 1 40; while [ ! -e /more ]; do sleep 0.05; done; seq 41 50; sleep 1000';
    const id = await start('files', script, '--log-opt', 'max-size=1k', '--log-opt', 'max-file=3');
    await boxtop.ok('exec', 'files', 'touch', '/go');
    await rotated(id, 1);
    await boxtop.ok('exec', 'files', 'touch', '/more');
    await vi.waitFor(async () => expect(await boxtop.ok('logs', '-n', '1', 'files')).toBe('50'), WAIT);
    expect(existsSync(join(folderOf(id), 'log.1'))).toBe(true);
    const numbers = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);
    expect((await boxtop.ok('logs', '--tail', '25', 'files')).split('\n')).toEqual(numbers(26, 50));
    expect((await boxtop.ok('logs', '--since', '1h', 'files')).split('\n')).toEqual(numbers(1, 50));
    const stamped = (await boxtop.ok('logs', '-t', 'files')).split('\n').map((line) => line.split(' '));
    const [time] = stamped[40]!; // of line 41, the first that came after the rotation
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    const seconds = `${Date.parse(time!) / 1000}`.split('.')[0]! + time!.slice(19, -1);
    for (const since of [time!, seconds])
      expect((await boxtop.ok('logs', '--since', since, 'files')).split('\n')[0]).toBe('41');
    expect(await boxtop.ok('logs', '--until', stamped[39]![0]!, 'files')).toBe(numbers(1, 40).join('\n'));
    expect(await boxtop.ok('logs', '--until', '1h', 'files')).toBe('');
    await boxtop.ok('rm', '-f', 'files');
  });

  it('keep the two streams apart, join what came in parts, and show details', async () => {
    const script =
      'printf a; sleep 0.2; echo b; echo err >&2; head -c 20000 /dev/zero | tr "\\0" x; echo; printf end';
    await start(
      'apart',
      script,
      '-l',
      'role=test',
      '-e',
      'N=1',
      '--log-opt',
      'labels=role',
      '--log-opt',
      'env=N',
    );
    await boxtop.ok('wait', 'apart');
    const { stdout, stderr } = await boxtop.run(['logs', 'apart']);
    expect([stdout, stderr]).toEqual([`ab\n${'x'.repeat(20_000)}\nend`, 'err\n']);
    const detailed = await boxtop.run(['logs', '--details', '-t', 'apart']);
    expect(detailed.stderr).toMatch(/^\S+Z N=1,role=test err\n$/);
    expect(detailed.stdout.match(/^\S+Z N=1,role=test (ab|x{20000}|end)$/gm)).toHaveLength(3);
    await boxtop.ok('rm', 'apart');
  });

  it('are followed through a restart', async () => {
    await start('again', 'trap "echo down; exit" TERM; echo up; while :; do sleep 0.05; done');
    const following = boxtop.start(['logs', '-f', 'again']);
    await following.said(/up\n/);
    // more than once: between its end and its start there is only a moment in which it could be taken for over
    for (const times of [1, 2, 3, 4]) {
      await boxtop.ok('restart', 'again');
      await following.said(new RegExp(`^(up\ndown\n){${times}}up\n$`));
    }
    await boxtop.ok('stop', 'again');
    expect(await linesOf(following)).toEqual(Array(5).fill(['up', 'down']).flat());
    await boxtop.ok('rm', 'again');
  });

  it('that were deleted by hand are told, and the container goes on in a new one', async () => {
    const script = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done';
    const id = await start('deleted', script);
    const log = join(folderOf(id), 'log');
    const following = boxtop.start(['logs', '-f', 'deleted']);
    await following.said(/\n3\n/);
    rmSync(log);
    const told = await boxtop.run(['logs', 'deleted']);
    // the watcher may have been faster
    if (told.exitCode !== 0) {
      expect(told.exitCode).toBe(1);
      expect(errorLine(told)).toContain(`the log of container deleted was deleted: ${log}`);
      expect(told.stderr).toContain('Hint: the container goes on');
    }
    await vi.waitFor(async () => expect(await boxtop.ok('logs', 'deleted')).toMatch(/\d/), WAIT);
    const seen = Number(await boxtop.ok('logs', '-n', '1', 'deleted'));
    await following.said(new RegExp(`\n${seen}\n`));
    await boxtop.ok('stop', '-t', '0', 'deleted');
    const numbers = (await linesOf(following)).map(Number);
    expect(numbers.length).toBeGreaterThanOrEqual(seen);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    for (const name of logsOf(id)) rmSync(join(folderOf(id), name));
    for (const flags of [[], ['-f']]) {
      const stopped = await boxtop.run(['logs', ...flags, 'deleted']);
      expect(stopped.exitCode).toBe(1);
      expect(errorLine(stopped)).toContain('the log of container deleted was deleted: ');
    }
    await boxtop.ok('start', 'deleted');
    await vi.waitFor(async () => expect(await boxtop.ok('logs', 'deleted')).toMatch(/^1\n/), WAIT);
    await boxtop.ok('rm', '-f', 'deleted');
  });

  it('are watched by one small process while a container runs, whoever kills it', async () => {
    await expect.poll(watchers, WAIT).toEqual([]); // that of the test before may be ending
    await start('one', 'sleep 1000');
    await start('two', 'sleep 1000', '--log-opt', 'max-size=1m');
    await vi.waitFor(() => expect(watcherPid()).toBeGreaterThan(0), WAIT);
    await expect.poll(watchers, WAIT).toHaveLength(1);
    const first = watcherPid();
    process.kill(first, 'SIGKILL');
    await vi.waitFor(async () => {
      await boxtop.ok('ps');
      expect(watcherPid()).not.toBe(first);
    }, WAIT);
    await boxtop.ok('rm', '-f', 'one');
    expect(watchers()).not.toEqual([]);
    await boxtop.ok('rm', '-f', 'two');
    await expect.poll(watchers, WAIT).toEqual([]);
  });

  it('of the drivers local and json-file are kept, of none are not, others are refused', async () => {
    await start('local', 'echo kept', '--log-driver', 'local');
    await boxtop.ok('wait', 'local');
    expect(await boxtop.ok('logs', 'local')).toBe('kept');
    expect(await boxtop.ok('inspect', '-f', '{{json .HostConfig.LogConfig}}', 'local')).toBe(
      '{"Type":"local","Config":{}}',
    );
    for (const [driver, words] of [
      ['syslog', 'logging driver syslog is not implemented'],
      ['odd', 'error looking up logging plugin odd: plugin "odd" not found'],
    ] as const) {
      const refused = await boxtop.run(['run', '--log-driver', driver, 'busybox', 'true']);
      expect(refused.exitCode).toBe(125);
      expect(errorLine(refused)).toContain(words);
    }
    await boxtop.ok('rm', 'local');
  });

  it('roll on in the pane of the screen through a rotation', async () => {
    const id = await start('pane', COUNTER, '--log-opt', 'max-size=100k');
    const screen = boxtop.terminal([], { cols: 100, rows: 30 });
    await screen.waitFor(/● pane /);
    screen.keys('l');
    await screen.waitFor(/line \d+/);
    const last = () =>
      Math.max(...[...screen.text().matchAll(/line (\d+)/g)].map((match) => Number(match[1])));
    const inode = inodeOf(join(folderOf(id), 'log'));
    await vi.waitFor(() => expect(inodeOf(join(folderOf(id), 'log'))).not.toBe(inode), WAIT);
    const before = last();
    await vi.waitFor(() => expect(last()).toBeGreaterThan(before), WAIT);
    await end('pane');
    const isAtEnd = () => last() === Number(/last (\d+)/.exec(screen.text())?.[1]);
    await screen.waitUntil('the end, behind the last line', isAtEnd);
    await screen.close();
    await boxtop.ok('wait', 'pane');
    await boxtop.ok('rm', 'pane');
  });

  it('of a container whose log was deleted go on in the pane', async () => {
    const id = await start('gone', 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.1; done');
    rmSync(join(folderOf(id), 'log'));
    const screen = boxtop.terminal([], { cols: 160, rows: 30 });
    await screen.waitFor(/● gone /);
    screen.keys('l');
    await screen.waitFor(/line \d+/, WAIT.timeout);
    await screen.close();
    await boxtop.ok('rm', '-f', 'gone');
  });
});
