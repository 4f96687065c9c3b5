import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { playTape, readTape } from './tape.ts';
import { parseTape } from './tape-parse.ts';

const folder = mkdtempSync(join(tmpdir(), 'boxtop-tape-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bare = (source: string) => parseTape(source).map(({ line: _, ...action }) => action);

function tape(source: string, name = 'test.tape'): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

describe('the grammar of tapes', () => {
  it.each<[string, object[]]>([
    ['# nothing\n\n', []],
    ['Type "a # b"  # comment', [{ kind: 'type', text: 'a # b' }]],
    ['Type@.5 \'x\' `y "z"`', [{ kind: 'type', text: 'x y "z"', delayMs: 500 }]],
    ['Sleep 2', [{ kind: 'sleep', ms: 2000 }]],
    ['Sleep 1.5s Sleep 50ms Sleep 2m', [1500, 50, 120_000].map((ms) => ({ kind: 'sleep', ms }))],
    ['Type "ls" Sleep 500ms Enter', [{ kind: 'type', text: 'ls' }, { kind: 'sleep', ms: 500 }, key('Enter')]],
    ['Backspace@1ms 18', [{ ...key('Backspace'), count: 18, delayMs: 1 }]],
    ['Ctrl+P', [{ ...key('P'), modifiers: { ctrl: true } }]],
    ['Ctrl+Alt+Shift+x', [{ ...key('x'), modifiers: { ctrl: true, alt: true, shift: true } }]],
    ['Ctrl+\\ Ctrl+@', ['\\', '@'].map((name) => ({ ...key(name), modifiers: { ctrl: true } }))],
    [
      'Shift+Tab Alt+.',
      [
        { ...key('Tab'), modifiers: { shift: true } },
        { ...key('.'), modifiers: { alt: true } },
      ],
    ],
    ['Wait', [{ kind: 'wait', scope: 'Line' }]],
    ['Wait+Screen@10s /a\\.b$/', [{ kind: 'wait', scope: 'Screen', timeoutMs: 10_000, pattern: /a\.b$/ }]],
    ['Set FontSize 22', [{ kind: 'set', name: 'FontSize', text: '22' }]],
    ['Set TypingSpeed 100ms', [{ kind: 'set', name: 'TypingSpeed', text: '100' }]],
    ['Set Theme { "red": "#f00" }', [{ kind: 'set', name: 'Theme', text: '{ "red": "#f00" }' }]],
    ['Set Theme "Catppuccin Mocha"', [{ kind: 'set', name: 'Theme', text: 'Catppuccin Mocha' }]],
    ['Env A "b c"', [{ kind: 'env', name: 'A', text: 'b c' }]],
    ['Output docs/demo.gif', [{ kind: 'output', text: 'docs/demo.gif' }]],
    ['Output frames/', [{ kind: 'output', text: 'frames/' }]],
    ['Screenshot "a b.png"', [{ kind: 'screenshot', text: 'a b.png' }]],
    [
      'Hide\nShow\nCopy "x"\nPaste',
      [{ kind: 'hide' }, { kind: 'show' }, { kind: 'copy', text: 'x' }, { kind: 'paste' }],
    ],
    ['Require git', [{ kind: 'require', text: 'git' }]],
  ])('reads %s', (source, commands) => expect(bare(source)).toEqual(commands));

  it.each([
    ['Foo', 'Invalid command: Foo'],
    ['Home', 'Invalid command: Home'],
    ['"text"', 'Invalid command: "text"'],
    ['Type', 'Type expects string'],
    ['Sleep', 'Expected time after Sleep'],
    ['Sleep 5x', 'Expected time after Sleep'],
    ['Set Foo 1', 'Unknown setting: Foo'],
    ['Set Width wide', 'Set Width expects a number, got wide'],
    ['Ctrl', 'Expected ctrl character'],
    ['Ctrl+Foo', 'Invalid ctrl argument: Foo'],
    ['Ctrl+C 3', 'Invalid command: 3'],
    ['Wait+Foo', 'Wait+ expects Line or Screen'],
    ['Wait@0s', 'Wait expects positive duration'],
    ['Wait /(/', "Invalid regular expression '('"],
    ['Screenshot x.svg', 'Expected file with .png extension'],
    ['Output frames', 'Expected folder with trailing slash'],
    ['Source x', 'Expected file with .tape extension'],
  ])('refuses %s and names the line', (source, problem) => {
    expect(() => parseTape(`\n\n${source}`, 'my.tape')).toThrow(`my.tape:3: ${problem}`);
  });
});

function key(name: string) {
  return { kind: 'key', key: name, modifiers: {}, count: 1 };
}

describe('the player', () => {
  it('types into a real shell, waits, and takes pictures', async () => {
    const file = tape(`
      Output out.txt
      Output out.gif
      Require sh
      Set Width 800
      Set Height 400
      Set Padding 10
      Set FontSize 14
      Env GREETING "hello"
      Type "echo $GREETINGx" Backspace Enter
      Wait+Screen /(?m:^hello$)/
      Type "stty size" Enter
      Wait+Screen /(?m:^20 92$)/
      Hide
      Type "clear; echo gone" Enter
      Wait+Screen /(?m:^gone$)/
      Show
      Copy "echo pasted"
      Paste
      Enter
      Wait+Screen /(?m:^pasted$)/
      Screenshot shot.png
    `);
    const shown: string[] = [];
    const outFolder = join(folder, 'out');
    const result = await playTape(file, {
      speed: Number.POSITIVE_INFINITY,
      outFolder,
      hasSvg: true,
      onOutput: (bytes) => shown.push(Buffer.from(bytes).toString()),
    });
    expect(result.text).toContain('> echo pasted\npasted');
    expect(result.notWritten).toEqual(['out.gif']);
    expect(result.written).toEqual(['shot.png', 'shot.svg', 'out.txt'].map((name) => join(outFolder, name)));
    expect(readFileSync(join(outFolder, 'shot.png')).subarray(1, 4).toString()).toBe('PNG');
    expect(readFileSync(join(outFolder, 'shot.svg'), 'utf8')).toContain('>pasted');
    expect(readFileSync(join(outFolder, 'out.txt'), 'utf8')).toContain('hello');
    expect(shown.join('')).toContain('hello');
    expect(shown.join('')).not.toContain('clear;');
  });

  it('sends control keys and plays sourced tapes', async () => {
    // "go" is printed once the shell has given the terminal back its own line editing, which takes Ctrl-V.
    tape('Type "echo go; cat -v" Enter\nWait+Screen /(?m:^go$)/\nOutput nowhere.gif', 'part.tape');
    const file = tape(
      'Source part.tape\nType "x"\nCtrl+V\nCtrl+P\nEnter\nWait+Screen /(?m:^x\\^P$)/\nCtrl+C\nWait /> $|>$/',
    );
    expect(readTape(file).map(({ kind }) => kind)).not.toContain('output');
    expect((await playTape(file, { speed: Number.POSITIVE_INFINITY })).text).toContain('x^P');
  });

  it('names the line of a Wait in vain and shows the screen', async () => {
    const file = tape('Type "echo one" Enter\nWait+Screen /(?m:^one$)/\nWait+Screen@300ms /two/');
    await expect(playTape(file, { speed: 10 })).rejects.toThrow(/test\.tape:3: 300 ms went by.*│one/s);
  });

  it('refuses a tape whose program is not there', async () => {
    await expect(playTape(tape('Require no-such-program'))).rejects.toThrow(
      'test.tape:1: no-such-program is not on PATH',
    );
  });
});
