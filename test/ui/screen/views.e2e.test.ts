/** Views that live: the table of what containers use, several logs as one, events; by key and by command line. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../../support/boxtop.ts';
import { canRunContainers } from '../../support/requirements.ts';
import type { TestScreen } from '../../support/screen.ts';
import { until } from '../../support/store.ts';

describe.skipIf(!canRunContainers)('views of the screen', () => {
  const box = sharedBoxtop('screen-views');
  let screen: TestScreen;

  const run = (name: string, ...words: string[]) =>
    box.ok('run', '-d', '--network', 'none', '--name', name, ...words);

  beforeAll(async () => {
    await run('idle', '-m', '32m', 'busybox', 'sh', '-c', 'echo idle-first; exec sleep 1000');
    // its line is the older one
    await until(async () => (await box.ok('logs', 'idle')) === 'idle-first');
    await run('busy', 'busybox', 'sh', '-c', 'echo busy-second; while :; do :; done');
    screen = box.terminal([], { cols: 120, rows: 30 });
    await screen.waitFor(/Containers 2\/2/);
  });

  it('shows what all containers use, the busiest first, and sorts them by other columns', async () => {
    screen.keys('S');
    await screen.waitFor(/─ Stats ─[\s\S]*NAME +CPU↓ +MEMORY[\s\S]*busy .*\d\d(\.\d)?%[\s\S]*idle .* 0\.0%/);
    screen.keys('o', 'o', 'o', 'o', 'o', 'O');
    await screen.waitFor(/NAME↓[\s\S]*idle [\s\S]*busy /);
    screen.keys('O');
    await screen.waitFor(/NAME↑[\s\S]*busy [\s\S]*idle .*\/32M/);
    screen.keys('j', 'Enter');
    await screen.waitFor(/─ idle stats ─[\s\S]*of 32MiB/);
  });

  it('keeps the table true while containers come and go, and leaves it with Esc', async () => {
    screen.keys('1');
    screen.type(':stats\r');
    await screen.waitFor(/─ Stats ─[\s\S]*● 2 running/);
    await run('third', 'busybox', 'sleep', '1000');
    await screen.waitFor(/─ Stats ─[\s\S]*● third[\s\S]*1\/3/);
    await box.ok('rm', '-f', 'third');
    await screen.waitFor(/─ Stats ─[\s\S]*1\/2/);
    screen.keys('Escape');
    await screen.waitFor(/Containers 2\/2/);
    expect(screen.text()).not.toContain('─ Stats ─');
  });

  it('shows a table of the containers that :stats names only', async () => {
    screen.type(':stats idle\r');
    await screen.waitFor(/─ Stats ─[\s\S]*● idle[\s\S]*1\/1/);
    expect(screen.text()).not.toContain('busy');
    screen.keys('q');
    await screen.waitFor(/Containers 2\/2/);
    screen.type(':stats --no-stream --format "{{.Name}} once" idle\r');
    await screen.waitFor('idle once');
  });

  it('shows the logs of marked containers as one, in the order of time', async () => {
    screen.keys('1', '*', 'l');
    await screen.waitFor(/busy idle logs[\s\S]*idle .?idle-first[\s\S]*busy .?busy-second/);
    screen.keys('Escape');
    await screen.waitFor(/─ busy logs ─/);
    expect(screen.text()).not.toContain('idle-first');
    screen.keys('Escape', 'Escape');
  });

  it('answers :logs with the log itself, of one or of several', async () => {
    screen.type(':logs -f idle\r');
    await screen.waitFor(/─ idle logs ─[\s\S]*idle-first[\s\S]*following/);
    screen.type(':logs -f busy idle\r');
    await screen.waitFor(/busy idle logs[\s\S]*idle .?idle-first[\s\S]*busy .?busy-second/);
    screen.type(':logs nobody\r');
    await screen.waitFor(/No such container: nobody/);
    screen.keys('Escape', 'Escape', 'Escape');
  });

  it('answers :top with the living table of processes', async () => {
    screen.type(':top busy\r');
    await screen.waitFor(/─ busy top ─[\s\S]*PID[\s\S]*sh -c echo busy/);
    screen.keys('1');
  });

  it('wraps the lines of a text, finds words in it, and cuts its lines when asked', async () => {
    screen.keys('1', 'g', 'i');
    await screen.waitFor(/─ busy inspect ─[\s\S]*"Id": "[0-9a-f]{20,}/);
    const id = await box.ok('inspect', '--format', '{{.Id}}', 'busy');
    const shown = () => screen.text().replace(/[^0-9a-f]/g, '');
    expect(screen.text()).not.toContain(id);
    expect(shown()).toContain(id.slice(-8));
    screen.keys('w');
    await screen.waitUntil('the end of the id to go', () => !shown().includes(id.slice(-8)));
    screen.type('/restartcount\r');
    await screen.waitFor(/"RestartCount": 0[\s\S]*\/restartcount n N/);
    screen.keys('n');
    await screen.waitFor('no later match of restartcount');
    screen.keys('w', 'Escape', 'Escape');
    await screen.waitFor(/Enter menu/);
  });

  it('follows :events in short lines until Esc ends them', async () => {
    screen.type(':events\r');
    await screen.waitFor(/◌ events[\s\S]*Esc ends it/);
    await box.ok('pause', 'idle');
    await box.ok('unpause', 'idle');
    await screen.waitFor(/\d\d:\d\d:\d\d container idle pause[\s\S]*container idle unpause/);
    screen.keys('Escape', 'J');
    await screen.waitFor(/events +canceled/);
    screen.keys('Escape');
  });

  it('scrolls a text back from where it is, not from where keys went beyond its end', async () => {
    screen.keys('?');
    await screen.waitFor('─ Keys ─');
    const atTop = screen.text();
    screen.keys('G');
    await screen.waitUntil('its end', () => screen.text() !== atTop);
    const atEnd = screen.text();
    screen.keys('j', 'j', 'j', 'j', 'k');
    await screen.waitUntil('a line above its end', () => screen.text() !== atEnd);
    screen.keys('Escape');
  });
});
