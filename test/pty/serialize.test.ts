import { describe, expect, it } from 'vitest';
import { serializeScreen } from '../../src/pty/keys.ts';
import { createTerminal, type Terminal } from '../../src/pty/terminal.ts';

const COLS = 30;
const ROWS = 6;

async function play(output: string): Promise<Terminal> {
  const terminal = createTerminal(COLS, ROWS, 100);
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  return terminal;
}

function cells({ buffer }: Terminal): string[] {
  return Array.from({ length: ROWS }, (_, y) =>
    Array.from({ length: COLS }, (_, x) => {
      const cell = buffer.active.getLine(buffer.active.baseY + y)!.getCell(x)!;
      return [
        cell.getChars().trim(),
        cell.getFgColor(),
        cell.getBgColor(),
        cell.isBold(),
        cell.isInverse(),
        cell.isUnderline(),
      ];
    }).join('|'),
  );
}

describe('a serialized screen', () => {
  it.each([
    ['a prompt', 'ls\r\n\x1b[32mfile\x1b[m\r\n$ '],
    ['more lines than fit', Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\r\n')],
    ['full lines', 'x'.repeat(COLS * 3)],
    ['wide characters at the edge', `${'x'.repeat(COLS - 1)}健康✅`],
    ['colours', '\x1b[1;38;5;208ma\x1b[48;2;9;8;7mb\x1b[7mc\x1b[0;4;94md   \x1b[44m    \x1b[m'],
    ['a cursor in the middle', 'one\r\ntwo\r\nthree\x1b[2;2H'],
    ['a full-screen program', 'shell\x1b[?1049h\x1b[H\x1b[2J~\r\n~\x1b[6;1Hstatus\x1b[3;4H\x1b[?25l'],
    ['output cut within a sequence', 'm\x1b[31mred'],
  ])('draws %s again, cell for cell, cursor included', async (_, output) => {
    const first = await play(output);
    const again = await play(await serializeScreen(Buffer.from(output), COLS, ROWS));
    expect(cells(again)).toEqual(cells(first));
    expect(again.buffer.active.cursorY).toBe(first.buffer.active.cursorY);
    expect(again.buffer.active.cursorX).toBe(Math.min(first.buffer.active.cursorX, COLS - 1));
    expect(again.buffer.active.type).toBe(first.buffer.active.type);
  });

  it('keeps the modes the program relies on', async () => {
    const again = await play(
      await serializeScreen(Buffer.from('\x1b[?1h\x1b[?2004h\x1b[?1003h\x1b[?1006h'), COLS, ROWS),
    );
    expect(again.modes).toMatchObject({
      applicationCursorKeysMode: true,
      bracketedPasteMode: true,
      mouseTrackingMode: 'any',
    });
  });
});
