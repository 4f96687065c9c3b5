/** What can be done with a container on the built screen, by its keys and in its tabs, on real containers. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Boxtop, openBoxtop } from '../../support/boxtop.ts';
import { busyboxTar } from '../../support/images.ts';
import { canRunContainers } from '../../support/requirements.ts';
import type { TestScreen } from '../../support/screen.ts';

const LONG_MS = 20_000;

describe.skipIf(!canRunContainers)("a container's work on the screen", () => {
  let box: Boxtop;
  let screen: TestScreen;

  beforeAll(async () => {
    box = openBoxtop('screen-containers');
    process.chdir(box.work);
    const tar = join(box.work, 'busybox.tar');
    writeFileSync(tar, busyboxTar());
    await box.ok('import', '-c', 'CMD ["sh"]', tar, 'busybox');
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

  afterAll(async () => {
    process.chdir('/');
    await box?.dispose();
  });

  it('shows what it changed, also what it changes while one looks', async () => {
    await box.ok('exec', 'web', 'sh', '-c', 'echo x > /new');
    screen.keys('D');
    await screen.waitFor('A /new');
    await box.ok('exec', 'web', 'rm', '/bin/yes');
    await screen.waitFor(/C \/bin[\s\S]*D \/bin\/yes/, LONG_MS);
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
    await screen.waitUntil('the copy', () => readdirSync(box.work).includes('new'));
    expect(readFileSync(join(box.work, 'new'), 'utf8')).toBe('x\n');
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
    await screen.waitFor(/○ web +busybox +Exited \(137\) \d/, LONG_MS);
    screen.keys('s');
    await screen.waitFor(/● web +busybox +Up/, LONG_MS);
  });

  it('renames', async () => {
    screen.keys('R');
    await screen.waitFor('Rename web to');
    screen.type('2\r');
    await screen.waitFor(/● web2 +busybox/);
  });
});
