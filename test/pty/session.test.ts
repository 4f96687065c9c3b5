import { describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../src/pty/index.ts';
import { closesSessions, open as openOne, showing, shown, until } from './sessions.ts';

closesSessions();
const open = (options: Partial<SessionOptions>) =>
  openOne({ file: '/bin/sh', cols: 40, rows: 6, ...options });
const sh = (script: string, options: Partial<SessionOptions> = {}) =>
  open({ args: ['-c', script], ...options });

describe('a session', () => {
  it('shows what a program prints, with colours, as wide as the screen', async () => {
    const session = sh(
      `printf '\\033[1;31mred\\033[m 健康 ✅ \\033[48;2;1;2;3m \\033[m\\033[38;5;208mo\\033[94mb'`,
    );
    expect(await session.exited).toEqual({ exitCode: 0 });
    const [line] = session.screen.lines(0, 1);
    expect(line).toBe(
      `\x1b[0;1;31mred\x1b[m 健康 ✅ \x1b[0;48;2;1;2;3m \x1b[0;38;5;208mo\x1b[0;94mb\x1b[m${' '.repeat(25)}`,
    );
    expect(session.screen.lines(1, 2)).toEqual([' '.repeat(40), ' '.repeat(40)]);
  });

  it('has all of the last output when it has ended, and its exit code', async () => {
    const session = sh('seq 3000; printf last; exit 7', { scrollback: 5000 });
    expect(await session.exited).toEqual({ exitCode: 7 });
    expect(session.screen.scrollback.lines).toBe(2995);
    expect(shown(session)).toMatch(/3000\nlast$/);
  });

  it('has it also when it was held up longer than a terminal with a child at its other end is kept open', async () => {
    const session = sh('sleep 3 & seq 6000; exit 7');
    let holds = 0;
    session.onChange(() => {
      holds += 1;
      if (holds <= 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 210);
    });
    expect(await session.exited).toEqual({ exitCode: 7 });
    expect(shown(session)).toMatch(/5999\n6000$/m);
  });

  it('tells the signal that ended a program', async () => {
    expect(await sh('kill -9 $$').exited).toEqual({ exitCode: 0, signal: 9 });
  });

  it('gives the program its size, and every new one', async () => {
    const session = sh(`trap 'stty size' WINCH; stty size; while :; do read x; done`);
    await showing(session, '6 40');
    session.resize(50, 9);
    await showing(session, '9 50');
    expect(session.screen.lines()[0]).toHaveLength(50);
  });

  it('gives the program keys', async () => {
    const session = sh('stty -echo; echo ready; read line; echo "got $line"');
    await showing(session, 'ready');
    expect(session.write('健 x\r')).toBe(true);
    await showing(session, 'got 健 x');
  });

  it('answers questions of the program about the terminal', async () => {
    const session = sh(
      `stty raw -echo; printf 'ab\\033[6n'; dd bs=1 count=6 2>/dev/null | od -An -c; stty sane`,
    );
    await session.exited;
    expect(shown(session)).toContain('033   [   1   ;   3   R');
  });

  it('knows the modes a program asked for, and its title without control characters', async () => {
    const session = sh(
      `printf '\\033[?1049h\\033[?1h\\033[?2004h\\033[?1002h\\033[?1006h\\033[?1004h\\033[?25l\\033]0;a title\\007'; read x; printf '\\033c'; read x`,
    );
    await until(session, () => session.screen.title !== '');
    expect(session.screen.title).toBe('a title');
    expect(session.screen.cursor.visible).toBe(false);
    expect(session.screen.modes).toEqual({
      mouseTracking: 'drag',
      mouseEncoding: 'sgr',
      bracketedPaste: true,
      applicationCursor: true,
      sendFocus: true,
      alternateBuffer: true,
    });
    session.write('\r');
    await until(session, () => session.screen.cursor.visible);
    expect(session.screen.modes).toMatchObject({
      mouseTracking: 'none',
      mouseEncoding: 'x10',
      alternateBuffer: false,
    });
  });

  it('keeps the view where it was scrolled to while output goes on, and comes back with a key', async () => {
    const session = sh(`trap 'seq 21 40' USR1; seq 20; while :; do sleep 0.02; done`);
    await showing(session, '20');
    session.screen.scroll(-10);
    const before = shown(session);
    expect(before).toMatch(/^6\n/);
    expect(session.screen.cursor.visible).toBe(false);
    process.kill(session.pid, 'SIGUSR1');
    await until(session, () => session.screen.scrollback.lines === 35);
    expect(session.screen.scrollback.offset).toBe(30);
    expect(shown(session)).toBe(before);
    session.write('x');
    expect(session.screen.scrollback.offset).toBe(0);
    expect(shown(session)).toContain('40');
  });

  it('rings the bell', async () => {
    const session = sh(`read x; printf '\\a'`);
    let rings = 0;
    session.onBell(() => rings++);
    session.write('\r');
    await session.exited;
    expect(rings).toBe(1);
  });

  it('waits for the end of a synchronized update, but not for ever', async () => {
    const session = sh(`printf '\\033[?2026hhalf'; read x`);
    const changes: string[] = [];
    session.onChange(() => changes.push(shown(session).trim()));
    await until(session, () => shown(session).includes('half'));
    expect(changes).toEqual(['half']);
  });

  it('says on its screen that a program cannot be run', async () => {
    const session = open({ file: '/nowhere/at-all' });
    expect((await session.exited).exitCode).not.toBe(0);
    expect(shown(session)).toMatch(/No such file|failed/);
  });

  it('takes keys and sizes after the end without harm', async () => {
    const session = sh('true');
    await session.exited;
    expect(session.write('x')).toBe(true);
    session.resize(20, 5);
    expect(session.screen.lines()).toHaveLength(5);
  });

  it('kills a program that will not go', async () => {
    const session = sh(`trap '' HUP TERM INT; echo ready; while :; do sleep 1; done`);
    await showing(session, 'ready');
    await session.dispose(50);
    expect((await session.exited).signal).toBe(9);
    expect(() => process.kill(session.pid, 0)).toThrow();
  });
});
