/** The built screen in a real terminal on real containers. */
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../../support/boxtop.ts';
import { canRunContainers } from '../../support/requirements.ts';
import type { TestScreen } from '../../support/screen.ts';

describe.skipIf(!canRunContainers)('the screen', () => {
  const box = sharedBoxtop('screen', 'empty');
  let screen: TestScreen;

  const open = async (cols = 120, rows = 36, env: Record<string, string> = {}) => {
    screen = box.terminal([], { cols, rows, env });
    await screen.waitFor('Containers');
    return screen;
  };

  it('offers a first image where nothing is yet, and makes it from the machine', async () => {
    await open();
    await screen.waitFor('busybox:latest from this');
    screen.keys('Enter');
    await screen.waitFor(/○ busybox +latest/);
    // its details come with the end of the job: who leaves before is asked
    await screen.waitFor('busybox:latest inspect');
    screen.keys('q');
    expect(await screen.exitCode).toBe(0);
    expect(screen.modesLeftOn()).toEqual([]);
  });

  it('runs a command line, shows the log live, and what another process does', async () => {
    await open();
    await screen.waitFor(/Images 1/);
    screen.type(
      ':run -d --name web busybox sh -c "i=0; while sleep 0.2; do i=\\$((i+1)); echo tick \\$i; done"\r',
    );
    await screen.waitFor(/web +busybox +Up/);
    screen.keys('Escape', '1');
    await screen.waitFor('tick 3');
    await box.ok('run', '-d', '--name', 'other', 'busybox', 'sleep', '1000');
    await screen.waitFor(/Containers 2\/2/);
    await box.ok('rm', '-f', 'other');
    await screen.waitFor(/Containers 1\/1/);
  });

  it('shows a shell in a pane, leaves it with Ctrl-P Ctrl-Q, and finds it as it was', async () => {
    screen.keys('e');
    await screen.waitFor(/\/ # /);
    expect(screen.isCursorShown()).toBe(true);
    screen.type('stty size; echo mark-$((40+2))\r');
    await screen.waitFor('mark-42');
    screen.keys('C-p', 'C-q');
    await screen.waitFor(/stats ●web sh top/);
    expect(screen.isCursorShown()).toBe(false);
    screen.keys('[', 'l');
    await screen.waitFor('following');
    screen.keys('Escape', 'e');
    await screen.waitFor('mark-42');
    screen.type('exit\r');
    await screen.waitFor(/no terminal is open/);
    screen.keys('6');
  });

  it('searches and scrolls a log, reading older lines from disk', async () => {
    await box.ok(
      'run',
      '-d',
      '--name',
      'long',
      'busybox',
      'sh',
      '-c',
      'i=0; while [ $i -lt 3500 ]; do i=$((i+1)); echo line-$i.; done',
    );
    await screen.waitFor(/long +busybox +Exit(ed)? \(?0/);
    screen.keys('1', 'g', 'l');
    await screen.waitFor('line-3500.');
    screen.type('/line-27..\\.\r');
    await screen.waitFor('line-2799.');
    screen.keys('n');
    await screen.waitFor('newer below');
    screen.keys('Escape');
    screen.keys('g');
    await screen.waitFor(/││ line-1\. /);
    expect(screen.text()).toMatch(/line-1\..*\n.*line-2\..*\n.*line-3\./);
    screen.keys('G');
    await screen.waitFor('following');
    screen.keys('t');
    await screen.waitFor(/\d\d:\d\d:\d\d\.\d{3} +line-3500/);
    screen.keys('t', '1', 'd', 'y');
    await screen.waitFor(/Containers 1\/1/);
  });

  it('pauses, stops and starts with one key each', async () => {
    screen.keys('1', 'p');
    await screen.waitFor(/‖ web/);
    screen.keys('p');
    await screen.waitFor(/● web/);
    screen.keys('K', 'y');
    await screen.waitFor(/○ web +busybox +Exit(ed)? \(?137/);
    screen.keys('s');
    await screen.waitFor(/● web +busybox +Up/);
  });

  it('draws charts of a container, and the terminal is as it was afterwards', async () => {
    screen.keys('1', ']');
    await screen.waitFor('CPU, percent of one core');
    screen.keys('[');
    await screen.waitFor('following');
  });

  it('commits a container as an image', async () => {
    screen.keys('c');
    await screen.waitFor('Commit web as image');
    screen.keys('C-u');
    screen.type('made:one\r');
    await screen.waitFor(/made +one/);
  });

  it('says why something failed, and stays', async () => {
    screen.type(':start nosuchcontainer\r');
    await screen.waitFor(/No such container: nosuchcontainer/);
    screen.keys('Escape');
    await screen.waitFor('Containers 1/1');
  });

  it('asks before it removes, saying what goes', async () => {
    screen.keys('1', 'd');
    await screen.waitFor(/Remove web \(1 running\)\?/);
    screen.keys('n');
    await screen.waitUntil('the question to close', () => !screen.text().includes('Remove web'));
    screen.keys('d', 'y');
    await screen.waitFor(/Containers 0\/0/);
  });

  it.each([
    [40, 20],
    [80, 24],
    [300, 100],
    [20, 6],
  ])('draws at %i × %i when resized', async (cols, rows) => {
    screen.resize(cols, rows);
    await screen.waitUntil('a whole frame of that size', () => {
      const lines = screen.text().split('\n');
      const isFramed = /^╭.*╮$/.test(lines[0] ?? '') && /╯$/.test(lines[rows - 2] ?? '');
      return isFramed && lines[0]!.length === cols && / Enter/.test(lines[rows - 1] ?? '');
    });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('restores the terminal on %s', async (signal, status) => {
    await screen.close();
    await open(90, 30);
    process.kill(screen.pid, signal);
    expect(await screen.exitCode).toBe(status);
    expect(screen.modesLeftOn()).toEqual([]);
  });

  it('uses no colour with NO_COLOR', async () => {
    await open(90, 30, { NO_COLOR: '1' });
    await screen.waitFor('Images');
    for (let y = 0; y < 30; y += 1)
      for (let x = 0; x < 90; x += 1) expect(screen.cell(x, y).fg).toBeUndefined();
    screen.keys('q');
    expect(await screen.exitCode).toBe(0);
  });

  it("can be drawn by Ink's own painter", async () => {
    await open(90, 30, { BOXTOP_PAINTER: 'ink' });
    await screen.waitFor(/Images \d/);
    screen.keys('?');
    await screen.waitFor('─ Keys ─');
    screen.keys('Escape', 'q');
    expect(await screen.exitCode).toBe(0);
    expect(screen.modesLeftOn()).toEqual([]);
  });
});
