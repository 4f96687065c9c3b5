/** Mistakes on the screen: told where they were made, the frame whole, and the screen goes on. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';
import type { TestScreen } from '../support/screen.ts';

const COLS = 120;
const ROWS = 36;

describe.skipIf(!canRunContainers)('a mistake on the screen', () => {
  const boxtop = sharedBoxtop('mistakes', { reference: 'bb:1' });
  let screen: TestScreen;

  beforeAll(async () => {
    await boxtop.ok('create', '--name', 'idle', '--network', 'none', 'bb:1', 'true');
    screen = boxtop.terminal([], { cols: COLS, rows: ROWS });
    await screen.waitFor(/idle/);
  });

  /** Borders in the corners, the objects in their lists, nothing written outside of the frame. */
  function expectWhole(): void {
    const rows = screen.text().split('\n');
    expect(rows).toHaveLength(ROWS);
    expect(rows[0]).toMatch(/Containers/);
    expect(screen.text()).toMatch(/Images 1/);
    expect(screen.text()).not.toMatch(/^\s+at .+:\d+/m);
    expect(screen.terminal.buffer.active.type).toBe('alternate');
    expect(screen.terminal.buffer.active.length).toBe(ROWS);
  }

  it.each([
    ['pull 127.0.0.1:1/nosuch:1', /connection refused/],
    ['run --nosuchflag bb:1', /unknown flag: --nosuchflag/],
    ['run --name idle bb:1', /already in use/],
    ['run --device nosuch bb:1', /nosuch is not an absolute path/],
    ['run --gpus all bb:1', /could not select device driver/],
    ['run --env-file /nosuch bb:1', /open \/nosuch: no such file or directory/],
    ['frobnicate', /is not a boxtop command/],
    ['rm nosuch', /No such container: nosuch/],
    ['run --rm --network none bb:1 /nosuch', /no such file or directory/],
  ])('as in `:%s` is told, and the screen stays whole', async (line, says) => {
    screen.type(`:${line}\r`);
    await screen.waitUntil(String(says), () => says.test(told(screen.text())));
    expectWhole();
    screen.keys('Escape');
  });

  it('leaves the screen at work: it still follows the store, and ends cleanly', async () => {
    await boxtop.ok('create', '--name', 'second', '--network', 'none', 'bb:1', 'true');
    await screen.waitFor(/second/);
    screen.keys('Escape', 'q');
    expect(await screen.exitCode).toBe(0);
    expect(screen.modesLeftOn()).toEqual([]);
    expect(await boxtop.ok('ps', '-a', '--format', '{{.Names}}')).toBe('second\nidle');
  });
});

/** The screen's text in one line; of rows with a toast only the toast. */
function told(text: string): string {
  const rows = text.split('\n').map((row) => row.replace(/^.*▌/, '').replace(/[│┃]/g, ' '));
  return rows.join(' ').replace(/\s+/g, ' ');
}
