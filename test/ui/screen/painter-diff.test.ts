/** Applying the difference of two grids to a terminal that shows the first must show the second. */
import unicode11 from '@xterm/addon-unicode11';
import xterm, { type Terminal } from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { diffGrids } from '../../../src/ui/screen/painter/diff.ts';
import { Grid } from '../../../src/ui/screen/painter/grid.ts';
import { cellsOf } from '../../../src/ui/screen/painter/line-cells.ts';

const COLUMNS = 24;
const ROWS = 6;
const PIECES = [
  'a',
  'Z',
  ' ',
  '健',
  '康',
  '✅',
  '│',
  '\x1b[31m',
  '\x1b[1;44m',
  '\x1b[0m',
  'e\u0301',
  '\x1b[38;2;1;2;3m',
  '\x1b[7m',
  '─',
];

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomGrid(next: () => number): Grid {
  const grid = new Grid(COLUMNS, ROWS);
  const clip = { x1: 0, y1: 0, x2: COLUMNS, y2: ROWS };
  for (let count = 0; count < 12; count += 1) {
    const line = Array.from(
      { length: 1 + Math.floor(next() * 20) },
      () => PIECES[Math.floor(next() * PIECES.length)],
    ).join('');
    grid.put(cellsOf(line), Math.floor(next() * COLUMNS) - 4, Math.floor(next() * ROWS), clip);
  }
  return grid;
}

function terminalOf(version: '6' | '11'): Terminal {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = version;
  return terminal;
}

function look(terminal: Terminal): string[] {
  return Array.from({ length: ROWS }, (_, y) => {
    const line = terminal.buffer.active.getLine(y)!;
    return Array.from({ length: COLUMNS }, (_, x) => {
      const cell = line.getCell(x)!;
      return `${cell.getChars() || (cell.getWidth() === 1 ? ' ' : '')}:${cell.getFgColor()}:${cell.getBgColor()}:${cell.isBold()}:${cell.isInverse()}`;
    }).join('|');
  });
}

const write = (terminal: Terminal, text: string) =>
  new Promise<void>((resolve) => terminal.write(text, resolve));

describe('the cell diff', () => {
  // A terminal that thinks an emoji narrow must not keep stale cells either.
  it.each(['6', '11'] as const)(
    'leads from any screen to any other, with Unicode %s widths',
    async (version) => {
      const next = random(7);
      const shown = terminalOf(version);
      let previous = new Grid(COLUMNS, ROWS);
      for (let round = 0; round < 150; round += 1) {
        const grid = randomGrid(next);
        await write(shown, diffGrids(previous, grid));
        const fresh = terminalOf(version);
        await write(fresh, diffGrids(new Grid(COLUMNS, ROWS), grid));
        expect(look(shown), `round ${round}`).toEqual(look(fresh));
        previous = grid;
      }
    },
  );

  it('writes nothing when nothing changed', () => {
    const grid = randomGrid(random(3));
    const same = randomGrid(random(3));
    expect(diffGrids(grid, same)).toBe('');
  });

  it('writes only the cells that changed', () => {
    const clip = { x1: 0, y1: 0, x2: COLUMNS, y2: ROWS };
    const before = new Grid(COLUMNS, ROWS);
    const after = new Grid(COLUMNS, ROWS);
    before.put(cellsOf('hello world'), 0, 1, clip);
    after.put(cellsOf('hello xorld'), 0, 1, clip);
    expect(diffGrids(before, after)).toBe('\x1b[2;7H\x1b[0mx\x1b[0m');
  });

  it('lets no control sequence but colours through', () => {
    const line = cellsOf('a\x1b[2Jb\x1b]0;t\x07c\x1b[?1049ld\r\n\x9be\x1b[31mf');
    expect(String.fromCodePoint(...line.chars)).toBe('abcdef');
  });
});
