import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../src/ui/screen/data/command-words.ts';
import { StatsBook } from '../../../src/ui/screen/data/stats-book.ts';
import { complete, verbOfFlag } from '../../../src/ui/screen/keys/completion.ts';
import { editLine } from '../../../src/ui/screen/keys/line-edit.ts';
import { bindingOf, hintsOf, menuItems, menuOf } from '../../../src/ui/screen/keys/places.ts';
import { keyTable } from '../../../src/ui/screen/keys/table.ts';
import { layoutOf } from '../../../src/ui/screen/state/layout.ts';
import { cleanLine, LogBuffer, MAX_LINES, searchPattern } from '../../../src/ui/screen/state/log-buffer.ts';
import { keepMerged, logIds, showLogs } from '../../../src/ui/screen/state/logs.ts';
import { changeView, focusPane, goBack, moveCursor, toggleMark } from '../../../src/ui/screen/state/moves.ts';
import { chosenRows, currentContainer, currentRow, rowsOf } from '../../../src/ui/screen/state/rows.ts';
import { initialState, LIST_PANES, type ScreenState } from '../../../src/ui/screen/state/types.ts';
import { fitStyled, fitText, styledWidth, wrapStyled } from '../../../src/ui/screen/widgets/fit.ts';
import { container, fullState } from './fixture.ts';

const applied = (state: ScreenState, parts: Partial<ScreenState>): ScreenState => ({ ...state, ...parts });

describe('lists', () => {
  it('keep the cursor on its row when rows come and go', () => {
    let state = fullState(100, 30);
    state = applied(state, moveCursor(state, 2));
    expect(currentRow(state)?.name).toBe('job');
    state = {
      ...state,
      lists: { ...state.lists, containers: [container('new'), ...state.lists.containers.slice(1)] },
    };
    expect(currentRow(state)?.name).toBe('job');
    state = {
      ...state,
      lists: {
        ...state.lists,
        containers: state.lists.containers.filter((item) => item.Names[0] !== '/job'),
      },
    };
    expect(currentRow(state)?.name).toBe('a-container-whose-name-is-much-too-long-for-its-column');
  });

  it('filter by words, with ! for what must not be there', () => {
    let state = fullState(100, 30);
    state = applied(state, changeView(state, 'containers', { filter: 'worker !worker-1' }));
    expect(rowsOf(state, 'containers').map((row) => row.name)).not.toContain('worker-12');
    expect(rowsOf(state, 'containers')[0]?.name).toBe('worker-0');
  });

  it('act on the marked rows, else on the one under the cursor', () => {
    let state = fullState(100, 30);
    expect(chosenRows(state).map((row) => row.name)).toEqual(['web']);
    state = applied(state, toggleMark(state));
    state = applied(state, toggleMark(state));
    expect(chosenRows(state).map((row) => row.name)).toEqual(['web', '数据库']);
  });
});

describe('the layout', () => {
  it('fills any size without overlap', () => {
    for (let columns = 20; columns <= 300; columns += 20) {
      for (let rows = 6; rows <= 100; rows += 3) {
        for (const isZoomed of [false, true]) {
          const state = { ...fullState(columns, rows), isZoomed };
          const { lists, left, details } = layoutOf(state);
          const used = LIST_PANES.reduce((sum, pane) => sum + lists[pane].height, 0);
          expect(left.width + details.width, `${columns}x${rows}`).toBe(columns);
          if (left.width > 0) expect(used + 1).toBe(rows - 1);
        }
      }
    }
  });

  it('shows one side at a time when narrow', () => {
    const state = fullState(40, 24);
    expect(layoutOf(state).details.width).toBe(0);
    expect(layoutOf(applied(state, focusPane(state, 'details'))).left.width).toBe(0);
  });
});

describe('the key table', () => {
  it('has no two bindings for one key in one place, but those that stand in for each other', () => {
    const taken = new Map<string, string>();
    for (const { id, keys, places } of keyTable) {
      if (id === 'first-image') continue;
      for (const key of keys)
        for (const place of places) {
          expect(taken.get(`${place} ${key}`), `${id}: ${key} in ${place}`).toBeUndefined();
          taken.set(`${place} ${key}`, id);
        }
    }
  });

  it('never puts something that destroys on a key that scrolls', () => {
    const scrolling = new Set(['ctrl+d', 'ctrl+u', 'ctrl+f', 'ctrl+b', 'pagedown', 'pageup']);
    for (const { id, keys } of keyTable)
      if (/remove|kill|prune/.test(id)) expect(keys.some((key) => scrolling.has(key))).toBe(false);
  });

  it('offers the first image only in an empty store', () => {
    const full = fullState(100, 30);
    expect(bindingOf(full, 'enter')?.id).toBe('menu');
    const empty = { ...full, lists: { ...full.lists, containers: [], images: [] } };
    expect(bindingOf(empty, 'enter')?.id).toBe('first-image');
    expect(menuItems(full).map(({ id }) => id)).toContain('start-stop');
  });

  it('offers in an open menu what holds now, and nothing when its row has gone', () => {
    const full = fullState(100, 30);
    const { id } = currentRow(full)!;
    const menu = { kind: 'menu' as const, title: 'x', rowId: id, itemId: 'remove', cursor: 0 };
    const labels = (state: ScreenState) => menuOf(state, menu).items.map(({ label }) => label);
    const chosen = (state: ScreenState) => menuOf(state, menu).items[menuOf(state, menu).cursor]?.id;
    expect(labels(full)).toContain('stop');
    const [first, ...others] = full.lists.containers;
    const ended = {
      ...full,
      lists: { ...full.lists, containers: [{ ...first!, State: 'exited' as const }, ...others] },
    };
    expect(labels(ended)).toContain('start');
    expect(labels(ended)).not.toContain('stop');
    expect([chosen(full), chosen(ended)]).toEqual(['remove', 'remove']);
    expect(labels({ ...full, lists: { ...full.lists, containers: others } })).toEqual([]);
  });
});

describe('several logs as one', () => {
  const state = fullState(120, 40);
  const [first, , job] = state.lists.containers;

  it('are shown until the cursor goes elsewhere, or Esc', () => {
    const shown = applied(state, showLogs(state, [first!.Id, job!.Id]));
    expect(logIds(shown)).toEqual([first!.Id, job!.Id]);
    expect(keepMerged(shown)).toEqual({});
    const moved = applied(shown, moveCursor(shown, 1));
    expect(logIds(applied(moved, keepMerged(moved)))).toEqual([state.lists.containers[1]!.Id]);
    expect(logIds(applied(shown, goBack(shown)!))).toEqual([first!.Id]);
  });

  it('of one container, which a filter hid, show it', () => {
    const filtered = applied(state, {
      ...changeView(state, 'containers', { filter: 'worker' }),
      isAllShown: false,
    });
    const shown = applied(filtered, showLogs(filtered, [job!.Id]));
    expect([currentContainer(shown)?.name, logIds(shown)]).toEqual(['job', [job!.Id]]);
  });
});

describe('the log buffer', () => {
  const entry = (text: string) => ({ time: '', isError: false, text, source: 'one' });

  it('keeps the newest lines, under numbers that never change', () => {
    const buffer = new LogBuffer();
    for (let index = 0; index < MAX_LINES + 50; index += 1) buffer.append(entry(`line ${index}`));
    expect([buffer.first, buffer.end]).toEqual([50, MAX_LINES + 50]);
    expect(buffer.at(60)?.text).toBe('line 60');
    expect(buffer.at(49)).toBeUndefined();
  });

  it('takes older lines before the first, and finds lines both ways', () => {
    const buffer = new LogBuffer();
    for (const text of ['one', 'two', 'three']) buffer.append(entry(text));
    expect(buffer.prepend([entry('older'), entry('old')])).toBe(2);
    expect(buffer.at(-2)?.text).toBe('older');
    expect(buffer.find(searchPattern('o'), 2, -1)).toBe(1);
    expect(buffer.find(searchPattern('old'), 2, -1)).toBe(-1);
    expect(buffer.find(searchPattern('Two'), 3, -1)).toBeUndefined();
  });

  it('is bounded in bytes too', () => {
    const buffer = new LogBuffer();
    for (let index = 0; index < 3000; index += 1) buffer.append(entry('x'.repeat(20_000)));
    expect(buffer.end - buffer.first).toBeLessThan(1100);
  });

  it.each([
    ['\x1b[31mred\x1b[0m', '\x1b[31mred\x1b[0m'],
    ['10%\r50%\r100%', '100%'],
    ['dos line\r', 'dos line'],
    ['a\x1b[2Jb\x1b]0;x\x07c\x1bPq\x1b\\d', 'abcd'],
    ['tab\tx', 'tab    x'],
    ['\x07\x08bell', 'bell'],
    ['\x1b', ''],
  ])('shows %j as %j', (text, shown) => {
    expect(cleanLine(text)).toBe(shown);
  });

  it('takes what is no regular expression as text', () => {
    expect(searchPattern('a(b').test('xa(by')).toBe(true);
  });
});

describe('texts', () => {
  it('are cut and padded to exact widths', () => {
    for (const text of ['short', '健康检查健康检查', 'a'.repeat(50), '']) {
      for (const width of [0, 1, 2, 5, 9, 30])
        expect(styledWidth(fitText(text, width)), `${text} in ${width}`).toBe(width);
      for (const width of [1, 5, 30]) expect(styledWidth(fitStyled(`\x1b[31m${text}`, width))).toBe(width);
    }
  });

  it('keep their colour when they are wrapped', () => {
    expect(wrapStyled('\x1b[31mabcdef', 3)).toEqual(['\x1b[31mabc\x1b[0m', '\x1b[31mdef']);
  });

  it('are edited like a shell line', () => {
    const type = (keys: string[], text = '') =>
      keys.reduce(
        (edit, key) => editLine(edit, { kind: 'key', key, text: key.length === 1 ? key : '' }) ?? edit,
        { text, at: text.length },
      ).text;
    expect(type(['a', 'b', 'left', 'c'])).toBe('acb');
    expect(type(['ctrl+w'], 'run -it busybox')).toBe('run -it ');
    expect(type(['backspace'], '健')).toBe('');
    expect(type(['ctrl+a', 'ctrl+k'], 'all')).toBe('');
  });

  it('are split into words as a shell does', () => {
    expect(splitWords(`run -e "A=b c" 'x "y"' a\\ b sh -c "echo \\"hi\\""`)).toEqual([
      'run',
      '-e',
      'A=b c',
      'x "y"',
      'a b',
      'sh',
      '-c',
      'echo "hi"',
    ]);
    expect(splitWords("run --label x='' y")).toEqual(['run', '--label', 'x=', 'y']);
  });

  it('complete verbs, then names', () => {
    const state = fullState(100, 30);
    const line = (text: string) =>
      complete(state, { what: 'command', edit: { text, at: text.length } }, 1).edit.text;
    expect(line('comm')).toBe('commit ');
    expect(line('stop we')).toBe('stop web ');
    expect(line('run busy')).toBe('run busybox:latest ');
    expect(line('volume i')).toBe('volume inspect ');
    expect(line('volume rm da')).toBe('volume rm data ');
  });

  it('complete names of what the verb takes, and of nothing else', () => {
    const state = fullState(100, 30);
    const line = (text: string) =>
      complete(state, { what: 'command', edit: { text, at: text.length } }, 1).edit.text;
    expect(line('images busy')).toBe('images busybox:latest ');
    expect(line('images we')).toBe('images we');
    expect(line('ps we')).toBe('ps we');
    expect(line('run -v da')).toBe('run -v data ');
    expect(line('run --network bri')).toBe('run --network bridge ');
    expect(line('container stop we')).toBe('container stop web ');
    expect(line('network connect bri')).toBe('network connect bridge ');
    expect(line('inspect da')).toBe('inspect data ');
  });

  it('are begun by Enter where there is nothing yet, which the hints say', () => {
    const empty: ScreenState = { ...initialState({ columns: 100, rows: 30 }, 0), isLoaded: true };
    expect(hintsOf(empty)[0]).toEqual({ key: 'Enter', label: 'make a first image' });
    expect(hintsOf(fullState(100, 30))[0]).toEqual({ key: 'Enter', label: 'menu' });
  });

  it('complete flags of the verb, but none that are left out of its help', async () => {
    const state = fullState(100, 30);
    const editing = (text: string) => ({ what: 'command' as const, edit: { text, at: text.length } });
    const flagged = async (text: string) => {
      const { command } = await verbOfFlag(editing(text))!.load();
      return complete(state, editing(text), 1, command.flags).edit.text;
    };
    expect(await flagged('run --interac')).toBe('run --interactive ');
    expect(await flagged('docker container run -d --interac')).toBe('docker container run -d --interactive ');
    expect(await flagged('run --gpu')).toBe('run --gpu');
    expect(verbOfFlag(editing('run bus'))).toBeUndefined();
    expect(verbOfFlag(editing('-x'))).toBeUndefined();
  });
});

describe('samples', () => {
  it('become percent of one core and bytes per second', () => {
    const book = new StatsBook();
    const raw = { onlineCpus: 4, memoryBytes: 10, netRxBytes: 0 };
    book.add('x', { ...raw, readAt: 1000, cpuNs: 0 });
    book.add('x', { ...raw, readAt: 3000, cpuNs: 3e9, netRxBytes: 4000 });
    expect(book.pointsOf('x').at(-1)).toMatchObject({ cpu: 150, rxRate: 2000, txRate: undefined });
    book.keep(new Set());
    expect(book.cpuOf('x')).toEqual([]);
  });
});
