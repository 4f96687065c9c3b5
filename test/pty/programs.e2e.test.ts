import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { translateInput } from '../../src/pty/index.ts';
import { closesSessions, open as openOne, showing, shown, until } from './sessions.ts';

const BUSYBOX = '/bin/busybox';
const hasBusybox = (() => {
  try {
    execFileSync(BUSYBOX, ['true']);
    return true;
  } catch {
    console.warn('skipped: no /bin/busybox (apt-get install busybox-static)');
    return false;
  }
})();

const folder = mkdtempSync(join(tmpdir(), 'boxtop-pty-'));
afterAll(() => rmSync(folder, { recursive: true }));
closesSessions();

const open = (args: string[], cols = 80, rows = 24) =>
  openOne({ file: BUSYBOX, args, cols, rows, cwd: folder });

describe.skipIf(!hasBusybox)('real programs in a session', () => {
  it('an interactive shell edits its line, runs commands, and ends with exit', async () => {
    const session = open(['sh']);
    await showing(session, /#$/m);
    session.write('echo onf\x7fe tw\x1b[D\x1b[D\x1b[D and\x1b[C\x1b[C\x1b[Co\r');
    await showing(session, /^one and two$/m);
    session.write('\x10');
    await showing(session, /^one and two\n.*# echo one and two$/m);
    session.write('\x03exit 5\r');
    expect(await session.exited).toEqual({ exitCode: 5 });
  });

  it('vi edits a file with arrow keys, and redraws for a new size', async () => {
    const session = open(['vi', 'note.txt'], 60, 15);
    await showing(session, /^~$/m);
    session.write('ifirst\rsecond\x1b');
    await showing(session, 'second');
    session.write(translateInput(Buffer.from('\x1b[A'), session.screen.modes));
    session.write('Izero \x1b');
    await showing(session, 'zero first');
    session.resize(40, 8);
    await until(session, () => /zero first\n.*second\n(~\n){5}/.test(shown(session)));
    expect(session.screen.lines().every((line) => line.replace(/\x1b\[[\d;]*m/g, '').length === 40)).toBe(
      true,
    );
    session.write(':wq\r');
    expect((await session.exited).exitCode).toBe(0);
    expect(readFileSync(join(folder, 'note.txt'), 'utf8')).toBe('zero first\nsecond\n');
  });

  it('top keeps drawing, and goes with q', async () => {
    const session = open(['top', '-d', '1'], 100, 20);
    await showing(session, /PID\s+PPID\s+USER/);
    session.write('q');
    expect((await session.exited).exitCode).toBe(0);
  });

  it('a flood is held back: memory stays, keys still work, nothing is lost at the end', async () => {
    const session = open(['sh', '-c', `yes '${'\x1b[31m'}flood 健康 ${'x'.repeat(60)}'`]);
    const before = process.memoryUsage().rss;
    let peak = 0;
    let changes = 0;
    await until(session, () => {
      if (++changes % 50 === 0) peak = Math.max(peak, process.memoryUsage().rss);
      return changes >= 1500;
    });
    expect(shown(session)).toContain('flood 健康');
    session.write('\x03');
    await session.exited;
    expect(peak - before).toBeLessThan(150 * 2 ** 20);
    const last = open(['sh', '-c', 'seq 200000; echo the end']);
    await last.exited;
    expect(shown(last)).toMatch(/199999\n200000\nthe end/);
  });

  it('a program that never reads does not spin or block, and what it cannot take is refused', async () => {
    const session = open(['sh', '-c', 'stty raw -echo; echo ready; exec sleep 1000']);
    await showing(session, 'ready');
    const paste = Buffer.alloc(5 * 2 ** 20, 'x');
    expect(session.write(paste)).toBe(true);
    expect(session.write(paste)).toBe(false);
    const start = process.cpuUsage();
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000 / (performance.now() - began)).toBeLessThan(0.3);
  });

  it('an end with the pty full of output and a child that stays is told soon', async () => {
    const session = open(['sh', '-c', 'sleep 300 & seq 50000; exit 3']);
    expect((await session.exited).exitCode).toBe(3);
    expect(shown(session)).toContain('50000');
  });
});
