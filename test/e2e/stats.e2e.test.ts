/** stats on real containers: columns, arithmetic, those that come and go, and a terminal that shows it live. */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';
import { until } from '../support/store.ts';

const NONE = ['--network', 'none'];
const MIB = 1024 * 1024;

describe.skipIf(!canRunContainers)('stats', () => {
  const boxtop = sharedBoxtop('stats');
  let busy = '';
  const once = (...args: string[]) => boxtop.ok('stats', '--no-stream', ...args);
  const run = (name: string, script: string, ...flags: string[]) =>
    boxtop.ok('run', '-d', '--name', name, ...flags, 'busybox', 'sh', '-c', script);

  beforeAll(async () => {
    busy = await run('busy', 'echo up; while :; do :; done', ...NONE, '--cpus', '0.5');
    // before its program the runtime has processes there
    await until(async () => (await boxtop.ok('logs', 'busy')) === 'up');
    await boxtop.ok('create', '--name', 'idle', ...NONE, 'busybox', 'true');
  });

  it('shows Docker’s columns; what does not run with zeros', async () => {
    const [head, ...rows] = (await once('-a')).split('\n');
    expect(head).toMatch(
      /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/,
    );
    const cells = rows.map((row) => row.split(/ {2,}/).slice(1));
    expect(cells[0]).toEqual(['idle', '0.00%', '0B / 0B', '0.00%', '0B / 0B', '0B / 0B', '0']);
    expect(cells[1]!.at(-1)).toBe('1');
    expect((await once()).split('\n')).toHaveLength(2);
    expect(await once('--format', '{{.Container}} {{.ID}}', '--no-trunc')).toBe(
      `${busy.slice(0, 12)} ${busy}`,
    );
    expect(JSON.parse(await once('--format', 'json', 'busy'))).toMatchObject({
      Container: 'busy',
      PIDs: '1',
    });
    expect(await once('--format', 'table {{.Name}}\\t{{.PIDs}}', 'busy')).toMatch(/^NAME +PIDS\nbusy +1$/);
  });

  it('measures a busy container with two quick samples', async () => {
    // half a CPU by its quota; periods of 100 ms and a loaded machine blur one interval
    const seen: number[] = [];
    const most = async () => {
      seen.push(Number((await once('--format', '{{.CPUPerc}}', 'busy')).replace('%', '')));
      return Math.max(...seen);
    };
    await expect.poll(most).toBeGreaterThan(5);
    expect(Math.max(...seen)).toBeLessThan(150);
  });

  it('counts memory without the page cache, against the limit', async () => {
    const script = 'head -c 24m /dev/zero > /cached; echo ready; exec sleep 1000';
    await run('cached', script, ...NONE, '-m', '64m');
    await expect.poll(() => boxtop.ok('logs', 'cached')).toBe('ready');
    const [used, limit] = (await once('--format', '{{.MemUsage}}', 'cached')).split(' / ');
    expect(limit).toBe('64MiB');
    expect(bytes(used!)).toBeLessThan(8 * MIB);
    await run(
      'full',
      'head -c 24m /dev/zero > /dev/shm/held; echo ready; exec sleep 1000',
      ...NONE,
      '-m',
      '64m',
    );
    await expect.poll(() => boxtop.ok('logs', 'full')).toBe('ready');
    const [held, percent] = (await once('--format', '{{.MemUsage}}|{{.MemPerc}}', 'full')).split('|');
    expect(bytes(held!.split(' / ')[0]!)).toBeGreaterThan(23 * MIB);
    expect(Number(percent!.replace('%', ''))).toBeGreaterThan(35);
    await boxtop.ok('rm', '-f', 'cached', 'full');
  });

  it('names all that are not there', async () => {
    const { exitCode, stderr } = await boxtop.run(['stats', '--no-stream', 'no1', 'busy', 'no2']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Error response from daemon: No such container: no1\n');
    expect(stderr).toContain('Error response from daemon: No such container: no2\n');
  });

  it('follows containers that come and go, and keeps no file open', async () => {
    const live = boxtop.start(['stats', '--format', '{{.Name}} {{.PIDs}}']);
    await live.said(/busy 1\n/);
    await live.said(/(busy 1\n){2}/);
    const opened = () => readdirSync(`/proc/${live.pid}/fd`).length;
    const before = opened();
    await run('guest', 'exec sleep 1000', ...NONE);
    await live.said(/guest 1\n/);
    await boxtop.ok('rm', '-f', 'guest');
    // what it ends with is perhaps a sample of none
    await live.said(/guest .*\n(busy 1\n){2}/);
    await expect.poll(opened).toBeLessThanOrEqual(before + 1);
    live.kill('SIGINT');
    expect((await live.ended).exitCode).toBe(130);
  });

  it('shows a named container that was removed with dashes', async () => {
    await run('short', 'exec sleep 1000', ...NONE);
    const live = boxtop.start(['stats', 'short', 'busy']);
    await live.said(/short +[\d.]+% /);
    await boxtop.ok('rm', '-f', 'short');
    await live.said(/short +-- +-- \/ -- +-- +-- +-- +--\n\S+ +busy +[\d.]+%/);
    live.kill('SIGTERM');
    await live.ended;
  });

  it('writes over itself on a terminal, in its height and width', async () => {
    for (const name of ['a', 'b', 'c']) await run(`row-${name}`, 'exec sleep 1000', ...NONE);
    const term = boxtop.terminal(['stats'], { cols: 70, rows: 4 });
    await term.waitFor(/^CONTAINER ID +NAME +CPU %.*\n.*row-c.*\n.*row-b.*\n *$/);
    await boxtop.ok('rm', '-f', 'row-a', 'row-b', 'row-c');
    await term.waitFor(/busy/);
    term.keys('C-c');
    expect(await term.exitCode).toBe(130);
  });
});

/** '1.5MiB' */
function bytes(text: string): number {
  const [, number, unit] = /^([\d.]+)([KMG]i)?B$/.exec(text)!;
  return Number(number) * 1024 ** ['', 'Ki', 'Mi', 'Gi'].indexOf(unit ?? '');
}
