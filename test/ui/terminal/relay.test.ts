import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RelayProgramOptions } from '../../support/relay-program.ts';
import { startScreen, type TestScreen } from '../../support/screen.ts';

const PROGRAM = `${import.meta.dirname}/../../support/relay-program.ts`;
vi.setConfig({ testTimeout: 20_000 });

const screens: TestScreen[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(screens.splice(0).map((screen) => screen.close()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Runs the relay from a shell in a terminal, whose prompt is `%%%`. The command itself is not to be seen on the screen. */
async function inTerminal(
  options: RelayProgramOptions,
  script: string,
  size = { cols: 70, rows: 12 },
): Promise<TestScreen> {
  const RELAY = [process.execPath, PROGRAM, JSON.stringify(options), script].map(quote).join(' ');
  const env = { PS1: '%%% ', ENV: '', RELAY };
  const screen = startScreen({ file: '/bin/sh', args: ['-i'], env, ...size });
  screens.push(screen);
  await screen.waitFor('%%%');
  screen.type('clear; eval "$RELAY"\r');
  return screen;
}

/** The terminal is a shell's again: modes off, and the line discipline as it was. */
async function expectRestored(screen: TestScreen): Promise<void> {
  await screen.waitUntil('modes off', () => screen.modesLeftOn().length === 0);
  screen.type('clear; stty -a\r');
  const settings = await screen.waitFor(/-?echoke/);
  expect(settings).toMatch(/(?<!\S)icanon/);
  expect(settings).toMatch(/(?<!\S)isig/);
  expect(settings).toMatch(/(?<!\S)echo\s/);
  expect(settings).toMatch(/(?<!\S)opost/);
}

function inPipes(options: RelayProgramOptions, script: string) {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options), script], { stdio: 'pipe' });
  children.push(child);
  return { child, out: text(child.stdout), err: text(child.stderr) };
}

const TTY: RelayProgramOptions = { tty: true, stdin: true };

describe('the relay on a terminal', () => {
  it('passes keys byte for byte and ends with the process', async () => {
    const screen = await inTerminal(
      TTY,
      `stty raw -echo; echo ready; dd bs=1 count=6 2>/dev/null | od -An -tx1`,
    );
    await screen.waitFor('ready');
    screen.type('\x03\x1a\x10x\x1c\x7f');
    await screen.waitFor('03 1a 10 78 1c 7f');
    await screen.waitFor('<ended>');
    await expectRestored(screen);
  });

  it('detaches on Ctrl-P Ctrl-Q, says so, and restores what the process changed', async () => {
    const draw = `printf '\\033[?1049h\\033[?1002h\\033[?1006h\\033[?2004h\\033[?1h\\033[?25l\\033[31mdrawn'; read x`;
    const screen = await inTerminal(TTY, draw);
    await screen.waitFor('drawn');
    expect(screen.modesLeftOn()).toHaveLength(5);
    screen.keys('C-p');
    screen.keys('C-q');
    await screen.waitFor('read escape sequence');
    await screen.waitFor('<detached>');
    expect(await screen.waitFor('%%%')).not.toContain('drawn');
    await expectRestored(screen);
  });

  it('has the detach keys it was told, and then no others', async () => {
    const screen = await inTerminal(
      { ...TTY, detachKeys: 'ctrl-a,d' },
      'stty raw -echo; echo ready; od -An -tx1 -N4 -w4; read x',
    );
    await screen.waitFor('ready');
    screen.type('\x10\x11\x01x');
    await screen.waitFor('10 11 01 78');
    screen.type('\x01d');
    await screen.waitFor('<detached>');
  });

  it('sends a first detach key alone on after a while', async () => {
    const screen = await inTerminal(TTY, 'stty raw -echo; echo ready; od -An -tx1 -N1 -w1; read x');
    await screen.waitFor('ready');
    screen.keys('C-p');
    await screen.waitFor(/ 10$/m);
  });

  it('gives the process the size of the terminal, and every new one', async () => {
    const screen = await inTerminal(TTY, `trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done`);
    await screen.waitFor('12 70');
    screen.resize(90, 20);
    await screen.waitFor('20 90');
  });

  it('makes a process that ran before draw itself again, and draws its screen first', async () => {
    const options = { ...TTY, redraw: true, replay: 'old\r\n\x1b[32mscreen $ ' };
    const screen = await inTerminal(
      options,
      `trap 'echo redrawn' WINCH; echo up; while :; do sleep 0.05; done`,
    );
    await screen.waitFor(/^old\nscreen \$ up\nredrawn/);
    expect(screen.cell(0, 1).fg).toBe(2);
  });

  it.each(['TERM', 'HUP', 'INT', 'QUIT'])('restores the terminal when SIG%s ends it', async (signal) => {
    const draw = `printf '\\033[?1049h\\033[?25l\\033[?1003hpid='; echo $PPID; exec sleep 1000`;
    const screen = await inTerminal(TTY, draw);
    const [, pid] = /pid=(\d+)\n/.exec(await screen.waitFor(/pid=\d+\n/))!;
    process.kill(Number(pid), `SIG${signal}` as NodeJS.Signals);
    await screen.waitFor(/%%% *$/m);
    await expectRestored(screen);
  });

  it('restores the terminal when it crashes', async () => {
    // Large enough for the whole stack trace, however long the checkout's path is.
    const size = { cols: 300, rows: 60 };
    const screen = await inTerminal({ ...TTY, crash: true }, 'echo x; read x', size);
    await screen.waitFor('Error: crashed');
    await expectRestored(screen);
  });

  it('leaves stdin alone when the process is not to have it', async () => {
    const screen = await inTerminal({ ...TTY, stdin: false }, 'stty size; sleep 0.2; echo over');
    await screen.waitFor('over');
    await screen.waitFor('<ended>');
    await expectRestored(screen);
  });
});

describe('the relay in pipes', () => {
  it('passes input to its end, and keeps stdout and stderr apart', async () => {
    const { child, out, err } = inPipes({ tty: false, stdin: true }, 'wc -c; echo oops >&2');
    child.stdin!.end(Buffer.alloc(3_000_000, 'x\x10\x11'));
    expect((await out).trim()).toBe('3000000');
    expect(await err).toBe('oops\n<ended>\n');
  });

  it('slows a process down that prints faster than is read', async () => {
    const { child, err } = inPipes({ tty: false, stdin: false }, 'head -c 50000000 /dev/zero; echo all >&2');
    child.stdout!.pause();
    let bytes = 0;
    child.stdout!.on('data', (data: Buffer) => (bytes += data.length));
    expect(await err).toBe('all\n<ended>\n');
    expect(bytes).toBe(50_000_000);
  });

  it.each(['/dev/null', '&-'])('works with stdin %s', async (from) => {
    const command = [
      process.execPath,
      PROGRAM,
      JSON.stringify({ tty: false, stdin: true }),
      'cat; echo end',
    ].map(quote);
    const child = spawn('/bin/sh', ['-c', `exec ${command.join(' ')} <${from}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    expect(await text(child.stdout!)).toBe('end\n');
  });

  it('goes on when the process stops reading', async () => {
    const { child, out } = inPipes({ tty: false, stdin: true }, 'exec <&-; sleep 0.2; echo still');
    child.stdin!.on('error', () => undefined);
    child.stdin!.write('x'.repeat(1_000_000));
    expect(await out).toBe('still\n');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'])('passes %s on', async (signal) => {
    const name = signal.slice(3);
    const script = `trap 'echo got ${name}; exit' ${name}; echo ready; while :; do sleep 0.02; done`;
    const { child, out, err } = inPipes({ tty: false, stdin: false, hasSigProxy: true }, script);
    await once(child.stdout!, 'readable');
    child.kill(signal as NodeJS.Signals);
    expect(await out).toBe(`ready\ngot ${name}\n`);
    expect(await err).toBe('<ended>\n');
  });

  it('is left by Ctrl-C when signals are not passed on', async () => {
    const { child, err } = inPipes({ tty: false, stdin: false }, 'echo $$; exec sleep 1000');
    const pid = Number(String((await once(child.stdout!, 'data'))[0]));
    child.kill('SIGINT');
    expect(await err).toContain('<detached>');
    process.kill(pid, 'SIGKILL');
  });
});
