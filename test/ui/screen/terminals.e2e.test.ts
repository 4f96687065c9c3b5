/** Terminals in the panes of the built screen: tabs of their container, typing ahead, mouse and paste. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../../support/boxtop.ts';
import { canRunContainers } from '../../support/requirements.ts';
import type { TestScreen } from '../../support/screen.ts';

describe.skipIf(!canRunContainers)('terminals on the screen', () => {
  const box = sharedBoxtop('terminals', 'empty');
  let screen: TestScreen;

  beforeAll(async () => {
    screen = box.terminal([], { cols: 120, rows: 36 });
    await screen.waitFor('busybox:latest from this');
    screen.keys('Enter');
    await screen.waitFor(/○ busybox +latest/);
    await screen.waitFor('busybox:latest inspect');
  });

  it('get what was typed before they were open, and the list gets none of it', async () => {
    screen.type(':run -it --name box busybox\r');
    screen.type('echo ahead-$((40+2))\r');
    await screen.waitFor('ahead-42');
    await screen.waitFor(/Containers 1\/1.*box terminal \^P \^Q detaches/);
  });

  it('are no job: nothing runs in the tray, and leaving asks nothing', async () => {
    screen.keys('C-p', 'C-q');
    await screen.waitFor(/Enter types into it/);
    screen.keys('J');
    await screen.waitFor(/run -it --name box busybox +done/);
    screen.keys('Escape');
    await screen.waitUntil('the jobs to close', () => !screen.text().includes('Enter opens'));
  });

  it('belong to their container: attaching finds the live one', async () => {
    screen.keys('1', '6', 'a');
    await screen.waitFor(/ahead-42[\s\S]*\/ # /);
    screen.type('echo still-$((1+1))\r');
    await screen.waitFor('still-2');
    screen.keys('C-p', 'C-q');
  });

  it('stand side by side as tabs, reached by [ ] and numbers', async () => {
    screen.keys('e');
    screen.type('echo in-the-$((1))st-shell\r');
    await screen.waitFor('in-the-1st-shell');
    screen.keys('C-p', 'C-q');
    await screen.waitFor(/●box ●box sh/);
    screen.keys('[');
    await screen.waitFor('still-2');
    screen.keys(']');
    await screen.waitFor('in-the-1st-shell');
    screen.keys('8');
    await screen.waitFor('still-2');
    expect(screen.text()).toMatch(/● box +» busybox/);
  });

  it('are shown with their own container only', async () => {
    await box.ok('run', '-d', '--name', 'other', 'busybox', 'sleep', '1000');
    await screen.waitFor(/● other/);
    screen.keys('1', 'g');
    await screen.waitFor(/no terminal is open/);
    screen.keys('G');
    await screen.waitFor('still-2');
  });

  it('hand the mouse to a program that asked for it, and scroll back without one', async () => {
    screen.keys('a');
    await screen.waitFor(/\^Q detaches/);
    screen.type("printf '\\033[?1000h\\033[?1006h'; echo on-$((50+1)); cat -v\r");
    await screen.waitFor('on-51');
    const { x, y } = { x: 60, y: 10 };
    screen.type(`\x1b[<0;${x + 1};${y + 1}M\x1b[<0;${x + 1};${y + 1}m`);
    screen.type('\r');
    // The pane's own first cell is 1;1.
    await screen.waitFor(/\^\[\[<0;\d+;10M/);
    screen.keys('C-c');
    // The line discipline drops what comes with the interrupt.
    await screen.waitFor(/\^C\s*│\s*\n.*\/ # +│/);
    screen.type("printf '\\033[?1000l\\033[?1006l'; seq 100; echo end-$((50+1))\r");
    await screen.waitFor('end-51');
    screen.type(`\x1b[<64;${x + 1};${y + 1}M`);
    await screen.waitFor('lines back');
  });

  it('take a paste as one, bracketed only for programs that know it', async () => {
    screen.type('\x1b[200~echo past\x1b[201~');
    screen.type('ed-$((2+3))\r');
    await screen.waitFor('pasted-5');
    expect(screen.text()).not.toContain('200~');
  });

  it('are left by a click on a list', async () => {
    screen.type('\x1b[<0;5;2M\x1b[<0;5;2m');
    await screen.waitFor(/Enter menu/);
    await screen.waitFor(/no terminal is open/);
    expect(screen.isCursorShown()).toBe(false);
  });

  it('end with their container, saying how', async () => {
    screen.type(':run -it --rm --name brief busybox sh -c "exit 3"\r');
    await screen.waitFor(/▌ .*status 3/);
    screen.keys('q');
    expect(await screen.exitCode).toBe(0);
    expect(screen.modesLeftOn()).toEqual([]);
  });
});
