/** What can be done with a container on the built screen, by its keys and in its tabs, on real containers. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../../support/boxtop.ts';
import { canRunContainers } from '../../support/requirements.ts';
import type { TestScreen } from '../../support/screen.ts';

describe.skipIf(!canRunContainers)("a container's work on the screen", () => {
  const box = sharedBoxtop('screen-containers');
  let screen: TestScreen;

  beforeAll(async () => {
    process.chdir(box.work);
    await box.ok(
      'run',
      '-d',
      '--name',
      'web',
      '-e',
      'COLOUR=blue',
      'busybox',
      'sh',
      '-c',
      'sleep 1000 & wait',
    );
    screen = box.terminal([], { cols: 130, rows: 36 });
    await screen.waitFor(/● web +busybox +Up/);
  });

  /** A container's line in the list. */
  const rowOf = (name: string) =>
    screen
      .text()
      .split('\n')
      .find((line) => new RegExp(`^│.. ${name} `).test(line)) ?? '';

  afterAll(async () => {
    process.chdir('/');
  });

  it('shows what it changed, also what it changes while one looks', async () => {
    await box.ok('exec', 'web', 'sh', '-c', 'echo x > /new');
    screen.keys('D');
    await screen.waitFor('A /new');
    await box.ok('exec', 'web', 'rm', '/bin/yes');
    await screen.waitFor(/C \/bin[\s\S]*D \/bin\/yes/);
    screen.keys('Left');
  });

  it('lists its events, newest first and live', async () => {
    screen.keys('v');
    await screen.waitFor(/exec_die[\s\S]*start[\s\S]*create/);
    await box.ok('pause', 'web');
    await screen.waitFor(/:\d\d +pause/);
    await box.ok('unpause', 'web');
    await screen.waitFor(/:\d\d +unpause[\s\S]*:\d\d +pause/);
    screen.keys('Left');
  });

  it('begins commands that want more words: copying out, copying in, exporting', async () => {
    screen.keys('C');
    await screen.waitFor(/:cp web: +\./);
    screen.type('/new\r');
    const isCopied = () =>
      readdirSync(box.work).includes('new') && readFileSync(join(box.work, 'new'), 'utf8') === 'x\n';
    await screen.waitUntil('the copy', isCopied);
    writeFileSync(join(box.work, 'mine'), 'from outside\n');
    screen.type(':cp mine web:/tmp/mine\r');
    await screen.waitFor('▌ cp mine web:/tmp/mine: done');
    expect(await box.ok('exec', 'web', 'cat', '/tmp/mine')).toBe('from outside');
    screen.keys('x');
    await screen.waitFor(/:export -o web\.tar web/);
    screen.keys('Enter');
    await screen.waitUntil('the archive', () => readdirSync(box.work).includes('web.tar'));
  });

  it('shows processes, environment and the inspect text in tabs', async () => {
    screen.keys('1', '9');
    await screen.waitFor(/PID[\s\S]*sleep 1000/);
    screen.keys(']');
    await screen.waitFor(/"Id": "[0-9a-f]{12}/);
    screen.keys(']');
    await screen.waitFor('COLOUR=blue');
  });

  it('pauses, goes on, kills and starts again by keys', async () => {
    screen.keys('1', 'p');
    await screen.waitFor(/‖ web +busybox/);
    screen.keys('p');
    await screen.waitFor(/● web +busybox +Up/);
    screen.keys('K', 'y');
    await screen.waitFor(/○ web +busybox +Exited \(137\) \d/);
    screen.keys('s');
    await screen.waitFor(/● web +busybox +Up/);
  });

  it('renames', async () => {
    screen.keys('R');
    await screen.waitFor('Rename web to');
    screen.type('2\r');
    await screen.waitFor(/● web2 +busybox/);
    screen.type(':rename web2 web\r');
    await screen.waitFor(/● web +busybox/);
  });

  it('commits, with the new image in the list', async () => {
    screen.keys('1', 'c');
    await screen.waitFor('Commit web as image');
    screen.keys('C-u');
    screen.type('made:one\r');
    await screen.waitFor(/made +one/);
  });

  it('creates with limits, and shows a figure in the stats tab and what the kernel got', async () => {
    screen.type(':run -d --name small -m 32m --cpus 0.5 --pids-limit 50 busybox sh -c "sleep 1000"\r');
    await screen.waitFor(/▌ run: [0-9a-f]{12}[\s\S]*/);
    await screen.waitFor(/● small +busybox +Up/);
    screen.keys('1', 'g', '7');
    await screen.waitFor(/small stats[\s\S]*Memory +[\d.]+[KM]iB +of 32MiB/);
    await screen.waitFor(/CPU +[\d.]+ % {2}of one core[\s\S]*Processes +[12]/);
  });

  it('changes limits live, telling what is wrong with others', async () => {
    screen.keys('1', 'g', 'u');
    await screen.waitFor(/^:update +small/m);
    screen.type('-m 1m\r');
    await screen.waitFor(/▌ update -m 1m small: Minimum memory limit allowed is 6MB/);
    screen.keys('Escape');
    await screen.waitUntil('the toast to go', () => !screen.text().includes('Minimum memory'));
    screen.keys('u');
    await screen.waitFor(/^:update +small/m);
    screen.type('-m 48m --memory-swap 96m\r');
    await screen.waitFor('▌ update: small');
    await screen.waitFor(/Memory +[\d.]+[KM]iB +of 48MiB/);
    screen.keys('1', 'd', 'y');
    await screen.waitUntil('the row to go', () => rowOf('small') === '');
  });

  it('says which one the kernel ended for want of memory', async () => {
    screen.type(
      ':run -d --name greedy -m 12m --memory-swap 12m busybox sh -c "x=a; while :; do x=$x$x; done"\r',
    );
    await Promise.all([
      screen.waitFor(/✗ greedy +busybox +OOM \(137\)/),
      screen.waitFor('▌ greedy: out of memory'),
    ]);
    screen.keys('Escape');
    await screen.waitUntil('the toast to go', () => !screen.text().includes('out of memory'));
    await box.ok('rm', 'greedy');
  });

  it('shows health as it changes, and finds the sick ones', async () => {
    screen.type(
      ':run -d --name sick --health-cmd "test -f /ok" --health-interval 300ms --health-retries 1 busybox sleep 1000\r',
    );
    await screen.waitFor(/! sick +busybox +(\S+ )*(unhealthy|.*\(unhealthy\))/);
    screen.type('/health=unhealthy\r');
    await screen.waitUntil('the others to go', () => !/● web/.test(screen.text()));
    expect(screen.text()).toContain('! sick');
    screen.keys('Escape');
    await screen.waitFor(/● web +busybox/);
    await box.ok('exec', 'sick', 'touch', '/ok');
    await screen.waitUntil('health', () => / (healthy|.*\(healthy\))/.test(rowOf('sick')));
    screen.keys('1', 'g', 'd', 'y');
    await screen.waitUntil('the row to go', () => rowOf('sick') === '');
  });

  it('follows a log through restarts, shows the waiting for the next, and ends it', async () => {
    screen.type(':run -d --name again --restart always busybox sh -c "echo one >>/n; wc -l </n; exit 3"\r');
    await screen.waitFor(/◌ again +busybox +[Rr]estarting/);
    screen.keys('1', 'g', 'l');
    await screen.waitFor(/again logs[\s\S]*││ 1 [\s\S]*││ 2 [\s\S]*││ 3 /);
    screen.keys('Left');
    screen.keys('1', 's');
    await screen.waitFor(/○ again +busybox +Exited \(3\)/);
    screen.type(':update --restart no again\r');
    await screen.waitFor('▌ update: again');
  });

  it('lists what prune takes, and takes it', async () => {
    await box.ok('create', '--name', 'never', 'busybox');
    await screen.waitFor(/○ never +busybox +Created/);
    screen.keys('1', 'X');
    await screen.waitFor(
      /Prune containers: this goes[\s\S]*(again[\s\S]*never|never[\s\S]*again)[\s\S]*y yes/,
    );
    screen.keys('y');
    await screen.waitFor(/Deleted Containers:[\s\S]*Total reclaimed space: /);
    screen.keys('Escape');
    await screen.waitFor(/Containers 1\/1/);
  });

  it('attaches, detaches, attaches again, and the program goes on', async () => {
    screen.type(':run -it --name term busybox\r');
    await screen.waitFor(/\/ # /);
    screen.type('n=41; echo n-$((n+1))\r');
    await screen.waitFor('n-42');
    screen.keys('C-p', 'C-q');
    await screen.waitFor(/● term +»/);
    screen.keys('1', 'g', 'a');
    await screen.waitFor(/term terminal +\^P \^Q detaches[\s\S]*n-42/);
    screen.type('exit 5\r');
    await screen.waitFor(/ended with status 5 · 5 x closes it/);
    await screen.waitFor(/○ term +busybox +Exited \(5\)/);
  });

  it('shows what a command left on a terminal nobody typed into, and why one could not be run', async () => {
    screen.type(':run -it --rm busybox echo from-a-terminal\r');
    await screen.waitFor(/✓ run -it --rm busybox echo from-a-terminal[\s\S]*│ from-a-terminal/);
    screen.keys('Escape');
    screen.type(':exec -it web nosuchprogram\r');
    await screen.waitFor(/executable file not found[\s\S]*ended with status 127/);
    screen.keys('1');
    screen.type(':exec -it web vi /tmp/x\r');
    await screen.waitFor(/- \/tmp\/x 1\/1 100%/);
    screen.type(':q\r');
    await screen.waitFor(/^ Enter menu/m);
  });

  it('answers :top, :port, :stats and :wait', async () => {
    screen.keys('1');
    screen.type(':top web\r');
    await screen.waitFor(/─ web top ─[\s\S]*UID +PID[\s\S]*sleep 1000/);
    screen.keys('1');
    screen.type(':stats --no-stream web\r');
    await screen.waitFor(/✓ stats[\s\S]*CONTAINER ID +NAME +CPU %[\s\S]*web +[\d.]+%/);
    screen.keys('Escape');
    screen.type(':port web\r');
    await screen.waitFor('▌ port web: done');
    screen.type(':wait web\r');
    await screen.waitFor('◌ wait web');
    await box.ok('stop', '-t', '0', 'web');
    await screen.waitFor(/▌ wait: 137/);
    screen.type(':boot\r');
    await screen.waitFor('▌ boot: done');
  });
});
