/** The same tree through Ink's painter and ours must give equal cells. */
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import unicode11 from '@xterm/addon-unicode11';
import xterm, { type Terminal } from '@xterm/headless';
import { Box, type DOMElement, render, Text } from 'ink';
import { createRef, type ReactNode, type Ref } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { App } from '../../../src/ui/screen/app.tsx';
import { createPainter } from '../../../src/ui/screen/painter/painter.ts';
import { currentRow } from '../../../src/ui/screen/state/rows.ts';
import { createStore } from '../../../src/ui/screen/state/store.ts';
import type { ScreenState } from '../../../src/ui/screen/state/types.ts';
import { InkPainterContext, Surface } from '../../../src/ui/screen/widgets/surface.tsx';
import { fullState, sources } from './fixture.ts';

// Ink colours its borders with chalk, which decides when it is loaded.
vi.hoisted(() => {
  process.env['FORCE_COLOR'] = '1';
});

type Tree = (isInkPainter: boolean, ref: Ref<DOMElement>) => ReactNode;

function createTerminal(columns: number, rows: number): Terminal {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return terminal;
}

function stream(terminal: Terminal | undefined, columns: number, rows: number): NodeJS.WriteStream {
  const write = (data: string, done?: () => void) => {
    terminal?.write(data);
    if (typeof done === 'function') done();
    return true;
  };
  return Object.assign(new EventEmitter(), {
    isTTY: true,
    writable: true,
    columns,
    rows,
    write,
  }) as unknown as NodeJS.WriteStream;
}

const noInput = () => {
  const input = new Readable({ read() {} });
  const same = () => input;
  return Object.assign(input, {
    isTTY: true,
    setRawMode: same,
    ref: same,
    unref: same,
  }) as unknown as NodeJS.ReadStream;
};

const settled = (terminal: Terminal) => new Promise<void>((resolve) => terminal.write('', resolve));

/** Every cell: its text, width, colours and attributes. */
function cellsOf(terminal: Terminal): string[] {
  const cells: string[] = [];
  for (let y = 0; y < terminal.rows; y += 1) {
    const line = terminal.buffer.active.getLine(terminal.buffer.active.viewportY + y)!;
    for (let x = 0; x < terminal.cols; x += 1) {
      const cell = line.getCell(x)!;
      const text = cell.getChars() === '' && cell.getWidth() === 1 ? ' ' : cell.getChars();
      const colours = `${cell.getFgColorMode()}:${cell.getFgColor()} ${cell.getBgColorMode()}:${cell.getBgColor()}`;
      const attributes = [cell.isBold(), cell.isDim(), cell.isInverse(), cell.isUnderline()]
        .map((value) => (value ? 1 : 0))
        .join('');
      // Colours of a blank can't be seen unless they fill it.
      const look =
        text === ' '
          ? `${cell.getBgColorMode()}:${cell.getBgColor()} ${cell.isInverse() ? 1 : 0}`
          : `${colours} ${attributes}`;
      cells.push(`${y},${x} ${text}|${cell.getWidth()}|${look}`);
    }
  }
  return cells;
}

async function draw(tree: Tree, columns: number, rows: number, isInkPainter: boolean): Promise<string[]> {
  const terminal = createTerminal(columns, rows);
  const ref = createRef<DOMElement>();
  const stdout = stream(isInkPainter ? terminal : undefined, columns, rows);
  const app = render(tree(isInkPainter, ref), {
    stdout,
    stdin: noInput(),
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  if (!isInkPainter) {
    let root = ref.current!;
    while (root.parentNode !== undefined) root = root.parentNode;
    createPainter(root, stream(terminal, columns, rows)).paint();
  }
  await app.waitUntilRenderFlush();
  await settled(terminal);
  const cells = cellsOf(terminal);
  app.unmount();
  return cells;
}

async function expectEqual(tree: Tree, columns: number, rows: number): Promise<void> {
  const ink = await draw(tree, columns, rows, true);
  const ours = await draw(tree, columns, rows, false);
  expect(ours.filter((cell) => !cell.includes(' |')).length).toBeGreaterThan(10);
  expect(ours).toEqual(ink);
}

const appTree =
  (state: ScreenState): Tree =>
  (isInkPainter, rootRef) => (
    <Box ref={rootRef}>
      <App store={createStore(state)} sources={sources()} isInkPainter={isInkPainter} />
    </Box>
  );

describe('the painter draws what Ink would', () => {
  it.each([
    [80, 24],
    [120, 40],
    [200, 60],
    [40, 20],
    [71, 12],
  ])('on the whole screen at %i × %i', async (columns, rows) => {
    await expectEqual(appTree(fullState(columns, rows)), columns, rows);
  });

  it('with a dialog above the panes', async () => {
    const state = fullState(90, 30);
    const rowId = currentRow(state)!.id;
    const dialog = { kind: 'menu' as const, title: '数据库', rowId, itemId: 'logs', cursor: 0 };
    await expectEqual(appTree({ ...state, dialog }), 90, 30);
  });

  it('with toasts, marks, a filter and wrapped log lines', async () => {
    const base = fullState(100, 30);
    const views = {
      ...base.views,
      containers: { ...base.views.containers, filter: 'w', marks: new Set([base.lists.containers[0]!.Id]) },
    };
    const toasts = [
      { id: 1, level: 'error' as const, text: 'remove web: it is running', hint: 'stop it first', until: 0 },
    ];
    const log = { ...base.log, isWrapped: true, hasTimes: true, search: 'xxx' };
    await expectEqual(appTree({ ...base, views, toasts, log }), 100, 30);
  });

  it("with Ink's own borders, colours, overlap, clipping and offsets", async () => {
    await expectEqual(
      (isInkPainter, ref) => (
        <InkPainterContext value={isInkPainter}>
          <Box ref={ref} width={40} height={14}>
            <Box
              borderStyle="round"
              borderColor="cyan"
              width={20}
              height={8}
              flexDirection="column"
              overflow="hidden"
            >
              <Text>first 健康 line</Text>
              <Text>
                second <Text>nested</Text>
              </Text>
            </Box>
            <Box
              position="absolute"
              left={10}
              top={3}
              borderStyle="single"
              borderDimColor
              width={15}
              height={5}
              backgroundColor="blue"
            >
              <Text>over</Text>
            </Box>
            <Surface
              lines={['\x1b[32m宽宽宽宽\x1b[0m', 'cut at the edge']}
              x={33}
              y={9}
              width={6}
              height={2}
            />
          </Box>
        </InkPainterContext>
      ),
      40,
      14,
    );
  });
});
