import { describe, expect, it, vi } from 'vitest';
import { createDialogs } from '../../../src/ui/screen/data/dialogs.ts';
import { onDialogInput } from '../../../src/ui/screen/keys/dialog-keys.ts';
import { dispatchInput } from '../../../src/ui/screen/keys/dispatch.ts';
import { workOn } from '../../../src/ui/screen/keys/rows-work.ts';
import type { Services } from '../../../src/ui/screen/keys/services.ts';
import { changeView, focusPane, keepMarks, pinCursor } from '../../../src/ui/screen/state/moves.ts';
import { chosenRows, currentRow, type Row, rowsOf } from '../../../src/ui/screen/state/rows.ts';
import { createStore } from '../../../src/ui/screen/state/store.ts';
import type { ScreenState } from '../../../src/ui/screen/state/types.ts';
import { fullState } from './fixture.ts';

const base = fullState(100, 30);
const [web, db, job] = base.lists.containers.map(({ Id }) => Id);

const without = (state: ScreenState, ...ids: (string | undefined)[]): ScreenState => ({
  ...state,
  lists: { ...state.lists, containers: state.lists.containers.filter(({ Id }) => !ids.includes(Id)) },
});
const marked = (...ids: string[]): ScreenState => ({
  ...base,
  ...changeView(base, 'containers', { marks: new Set(ids) }),
});

/** A screen whose engine notes what it is told to do. */
function screenOf(state: ScreenState) {
  const store = createStore(state);
  const said: string[] = [];
  const done: string[] = [];
  const verb = (name: string) => async (id: string) => void done.push(`${name} ${id}`);
  const services = {
    store,
    dialogs: createDialogs(store),
    notices: { info: (text: string) => said.push(text), error: (what: string) => said.push(what) },
    lists: { refresh: () => undefined },
    engine: { containers: { stop: verb('stop'), start: verb('start'), kill: verb('kill') } },
  } as unknown as Services;
  const press = (key: string) => dispatchInput(services, { kind: 'key', key, text: key });
  return { store, services, said, done, press };
}

describe('a question that comes late', () => {
  const yes = (services: Services) =>
    onDialogInput(services, services.store.get().dialog!, { kind: 'key', key: 'y', text: 'y' });

  it('waits for the answer to the one that stands: a yes is for what was read', async () => {
    const { services, store } = screenOf(base);
    const first = services.dialogs.confirm('Remove web?', []);
    const second = services.dialogs.choose({
      title: 'Prune?',
      lines: ['a'],
      choices: [{ key: 'y', label: 'yes' }],
    });
    second.setLines(['b']);
    yes(services);
    expect(await first).toBe(true);
    store.flush();
    expect(store.get().dialog).toMatchObject({ title: 'Prune?', lines: ['b'] });
    yes(services);
    expect(await second.answer).toBe('y');
  });

  it('is shown once the keys rest: a second y is not for what came up behind the first', async () => {
    vi.useFakeTimers();
    try {
      const { services, store } = screenOf(base);
      services.dialogs.noteKeys();
      const late = services.dialogs.confirmLate('Prune?', []);
      await vi.advanceTimersByTimeAsync(200);
      expect(store.get().dialog).toBeUndefined();
      services.dialogs.noteKeys();
      await vi.advanceTimersByTimeAsync(200);
      // what a key asks for is shown at once, and first
      const asked = services.dialogs.confirm('Remove web?', []);
      expect(store.get().dialog).toMatchObject({ title: 'Remove web?' });
      await vi.advanceTimersByTimeAsync(1000);
      yes(services);
      services.dialogs.noteKeys();
      expect(await asked).toBe(true);
      await vi.advanceTimersByTimeAsync(200);
      expect(store.get().dialog).toBeUndefined();
      await vi.advanceTimersByTimeAsync(200);
      expect(store.get().dialog).toMatchObject({ title: 'Prune?' });
      yes(services);
      expect(await late).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['a line that is typed', { editing: { what: 'filter' as const, edit: { text: 'm', at: 1 } } }],
    ['a terminal', { isTerminalFocused: true, focusedTerminal: 1 }],
  ])('takes no key from %s', (_, parts) => {
    const { services, store } = screenOf({ ...base, ...parts });
    void services.dialogs.confirm('Prune?', []);
    store.flush();
    expect(store.get().dialog).toBeUndefined();
    store.update(() => ({ editing: undefined, isTerminalFocused: false }));
    store.flush();
    expect(store.get().dialog).toMatchObject({ title: 'Prune?' });
  });
});

describe('marks', () => {
  it('of rows that are all gone, or hidden, leave nothing to act on, and the keys say so', () => {
    const gone = without(marked(web!), web);
    expect(chosenRows({ ...gone, ...keepMarks(gone) })).toEqual([]);
    const { press, done, said } = screenOf(gone);
    press('s');
    expect([done, said]).toEqual([[], ['what is marked is gone or hidden: Esc takes the marks away']]);
    const hidden = marked(web!);
    expect(chosenRows({ ...hidden, ...changeView(hidden, 'containers', { filter: 'worker' }) })).toEqual([]);
  });

  it('go with their rows while others are left', () => {
    const gone = without(marked(web!, db!), web);
    expect([...(keepMarks(gone).views?.containers.marks ?? [])]).toEqual([db]);
  });

  it('that were set while an action was at work stay for the next', async () => {
    const { services, store } = screenOf(base);
    const mark = async () =>
      store.update((state) => changeView(state, 'containers', { marks: new Set([db!, job!]) }));
    await workOn(services, [currentRow(base)!], 'stopping', mark);
    expect([...store.get().views.containers.marks]).toEqual([db, job]);
  });

  it('are taken from the rows that an action was done to', async () => {
    const { services, store } = screenOf(marked(web!, db!));
    await workOn(services, chosenRows(store.get()) as Row[], 'stopping', async () => undefined);
    expect(store.get().views.containers.marks.size).toBe(0);
  });

  it('are taken from those that the action has nothing to do on, too', async () => {
    const { services, store } = screenOf(marked(web!, db!));
    const rows = chosenRows(store.get()).filter(({ id }) => id === web);
    await workOn(services, rows, 'pausing', async () => undefined);
    expect(store.get().views.containers.marks.size).toBe(0);
  });

  it('of gone rows are not all there are: * marks', () => {
    const state = { ...base, ...changeView(base, 'containers', { marks: new Set(['gone']), filter: 'web' }) };
    const { press, store } = screenOf(state);
    press('*');
    expect([...store.get().views.containers.marks]).toEqual([web]);
  });
});

describe('the cursor', () => {
  const pinned: ScreenState = { ...base, ...pinCursor(base) };

  it('whose row went before that was drawn does nothing to the neighbour', () => {
    const { press, store, done, said } = screenOf(without(pinned, web));
    press('s');
    expect([done, said]).toEqual([[], ['the list has changed: look again']]);
    store.update(pinCursor);
    press('s');
    expect(done).toEqual([`stop ${db}`]);
  });

  it('whose row went closes no terminal of the neighbour', () => {
    const terminal = {
      id: 3,
      containerId: db!,
      kind: 'exec',
      title: 'db sh',
      detachKeys: '',
      state: 'running',
    };
    const tabs = { ...pinned.tabs, containers: 'terminal' as const };
    const terminals = [{ ...terminal, shownAt: 1, hasNews: false } as ScreenState['terminals'][number]];
    const { press, said } = screenOf({ ...without(pinned, web), focus: 'details', tabs, terminals });
    press('x');
    expect(said).toEqual(['the list has changed: look again']);
  });

  it('goes along with a filter that is typed in one go with what follows', () => {
    const { press, done } = screenOf({ ...pinned, sorting: { key: 'name', isReversed: false } });
    for (const key of ['/', 'w', 'o', 'r', 'k', 'e', 'r', '-', '7', 'enter', 's']) press(key);
    const worker = base.lists.containers.find(({ Names }) => Names[0] === '/worker-7')!;
    expect(done).toEqual([`stop ${worker.Id}`]);
  });

  it('is not drawn away from a row that was asked for to one that was awaited before', () => {
    const hidden = { ...base, ...changeView(base, 'containers', { filter: 'worker', awaitedId: db }) };
    const { press, store } = screenOf({
      ...hidden,
      dialog: {
        kind: 'stats',
        board: { ids: [web!], key: 'cpu', isReversed: false, cursorId: undefined, cursor: 0 },
      },
    });
    press('enter');
    store.update(pinCursor);
    expect(currentRow(store.get())?.id).toBe(web);
  });
});

it('a filter that is being typed stays with its list', () => {
  const { press, store } = screenOf(base);
  press('/');
  press('w');
  store.update((state) => focusPane(state, 'images'));
  press('e');
  const { views } = store.get();
  expect([views.containers.filter, views.images.filter]).toEqual(['w', '']);
  expect(rowsOf(store.get(), 'images').length).toBeGreaterThan(0);
});
