/** Moving about, marking, filtering, panes, help and leaving. */

import {
  changeView,
  cyclePane,
  focusPane,
  goBack,
  moveCursor,
  toggleMark,
  withCursor,
} from '../state/moves.ts';
import { rowsOf } from '../state/rows.ts';
import { nextSorting } from '../state/sorting.ts';
import { cycleTab, numberedTab } from '../state/terminals.ts';
import { LIST_PANES, type ScreenState } from '../state/types.ts';
import type { Binding } from './binding.ts';
import { copyIds } from './copying.ts';
import type { Services } from './services.ts';
import { startEditing } from './start-editing.ts';

type Change = (state: ScreenState) => Partial<ScreenState>;
const change = (apply: Change) => (services: Services) => services.store.update(apply);

/** Rows of the focused list on the screen. */
const page = (services: Services): number =>
  Math.max(1, services.layout().lists[services.store.get().listPane].height - 2);

const move = (delta: number) => change((state) => moveCursor(state, delta));
const movePages = (pages: number) => (services: Services) =>
  services.store.update((state) => moveCursor(state, Math.trunc(page(services) * pages) || Math.sign(pages)));

export const listBindings: readonly Binding[] = [
  { id: 'down', keys: ['j', 'down'], label: 'down', places: ['list'], run: move(1) },
  { id: 'up', keys: ['k', 'up'], label: 'up', places: ['list'], run: move(-1) },
  { id: 'top', keys: ['g', 'home'], label: 'first', places: ['list'], run: move(Number.NEGATIVE_INFINITY) },
  { id: 'bottom', keys: ['G', 'end'], label: 'last', places: ['list'], run: move(Number.POSITIVE_INFINITY) },
  { id: 'page-down', keys: ['pagedown'], label: 'page down', places: ['list'], run: movePages(1) },
  { id: 'page-up', keys: ['pageup'], label: 'page up', places: ['list'], run: movePages(-1) },
  {
    id: 'half-page-down',
    keys: ['ctrl+d'],
    label: 'half a page down',
    places: ['list'],
    run: movePages(0.5),
  },
  { id: 'half-page-up', keys: ['ctrl+u'], label: 'half a page up', places: ['list'], run: movePages(-0.5) },
  { id: 'mark', keys: ['space'], label: 'mark', places: ['list'], run: change(toggleMark) },
  {
    id: 'mark-all',
    keys: ['*'],
    label: 'mark all, or none',
    places: ['list'],
    run: change((state) => {
      const rows = rowsOf(state, state.listPane);
      const { marks } = state.views[state.listPane];
      const isAll = rows.every(({ id }) => marks.has(id));
      return changeView(state, state.listPane, { marks: new Set(isAll ? [] : rows.map(({ id }) => id)) });
    }),
  },
  {
    id: 'menu',
    keys: ['enter'],
    label: 'menu',
    places: ['list'],
    hint: 1,
    run: (services) => services.openMenu(),
  },
  {
    id: 'filter',
    keys: ['/'],
    label: 'filter',
    places: ['list'],
    hint: 60,
    run: (services) => startEditing(services, 'filter'),
  },
  {
    id: 'show-all',
    keys: ['A'],
    label: 'all, or running only',
    places: ['containers'],
    run: change((state) => withCursor(state, { isAllShown: !state.isAllShown })),
  },
  {
    id: 'sort',
    keys: ['o'],
    label: 'order: created, name, state, cpu, memory',
    places: ['containers'],
    run: change(({ sorting }) => ({ sorting: nextSorting(sorting) })),
  },
  {
    id: 'sort-reverse',
    keys: ['O'],
    label: 'reverse the order',
    places: ['containers'],
    run: change(({ sorting }) => ({ sorting: { ...sorting, isReversed: !sorting.isReversed } })),
  },
  { id: 'copy-id', keys: ['y'], label: 'copy the id', places: ['list'], run: copyIds },
  {
    id: 'command',
    keys: [':'],
    label: 'command',
    places: ['global'],
    hint: 2,
    run: (services) => startEditing(services, 'command'),
  },
  {
    id: 'help',
    keys: ['?', 'f1'],
    label: 'help',
    places: ['global'],
    hint: 3,
    run: ({ dialogs }) => dialogs.show({ kind: 'help', top: 0 }),
  },
  {
    id: 'next-pane',
    keys: ['tab'],
    label: 'next pane',
    places: ['global'],
    run: change((state) => cyclePane(state, 1)),
  },
  {
    id: 'previous-pane',
    keys: ['shift+tab'],
    label: 'previous pane',
    places: ['global'],
    run: change((state) => cyclePane(state, -1)),
  },
  ...LIST_PANES.map(
    (pane, index): Binding => ({
      id: `go-${pane}`,
      keys: [String(index + 1)],
      label: pane,
      places: ['global'],
      run: change((state) => focusPane(state, pane)),
    }),
  ),
  {
    id: 'go-details',
    keys: ['5', 'right'],
    label: 'details',
    places: ['global'],
    run: change((state) => focusPane(state, 'details')),
  },
  ...[
    'first tab (logs)',
    'second tab (stats)',
    'third tab (terminal; again: the next one)',
    'fourth tab (top)',
  ].map(
    (label, index): Binding => ({
      id: `go-tab-${index + 1}`,
      keys: [String(index + 6)],
      label,
      places: ['global'],
      run: change((state) => numberedTab(state, index)),
    }),
  ),
  {
    id: 'go-list',
    keys: ['left'],
    label: 'back to the list',
    places: ['details'],
    run: change((state) => focusPane(state, state.listPane)),
  },
  {
    id: 'previous-tab',
    keys: ['['],
    label: 'previous tab',
    places: ['global'],
    run: change((state) => cycleTab(state, -1)),
  },
  {
    id: 'next-tab',
    keys: [']'],
    label: 'next tab',
    places: ['global'],
    hint: 50,
    run: change((state) => cycleTab(state, 1)),
  },
  {
    id: 'zoom',
    keys: ['z', '+'],
    label: 'zoom',
    places: ['global'],
    run: change((state) => ({ isZoomed: !state.isZoomed })),
  },
  { id: 'jobs', keys: ['J'], label: 'jobs', places: ['global'], run: openJobs },
  { id: 'mouse', keys: ['M'], label: 'release or take the mouse', places: ['global'], run: toggleMouse },
  {
    id: 'redraw',
    keys: ['ctrl+l'],
    label: 'draw again',
    places: ['global'],
    run: (services) => services.redraw(),
  },
  {
    id: 'back',
    keys: ['esc'],
    label: 'back',
    places: ['global'],
    run: change((state) => goBack(state) ?? {}),
  },
  {
    id: 'error-details',
    keys: ['E'],
    label: 'details of the last error',
    places: ['global'],
    when: ({ toasts }) => toasts.some(({ level }) => level === 'error') || 'no error to show',
    run: showError,
  },
  { id: 'quit', keys: ['q', 'ctrl+c'], label: 'quit', places: ['global'], hint: 90, run: quit },
];

function openJobs({ store, notices }: Services) {
  const { jobs } = store.get();
  if (jobs.length === 0) return notices.info('no jobs');
  const running = jobs.findLastIndex(({ state }) => state === 'running');
  const cursor = running < 0 ? 0 : jobs.length - 1 - running;
  const jobId = jobs[jobs.length - 1 - cursor]?.id;
  store.update(() => ({ dialog: { kind: 'jobs', jobId, cursor } }));
}

let isMouseOn = true;

function toggleMouse({ setMouse, notices }: Services): void {
  isMouseOn = !isMouseOn;
  setMouse(isMouseOn);
  notices.info(isMouseOn ? 'mouse: this screen takes it' : 'mouse: released, select text as usual');
}

function showError({ store }: Services): void {
  const toast = store.get().toasts.findLast(({ level }) => level === 'error');
  if (toast === undefined) return;
  const lines = [toast.text, ...(toast.hint === undefined ? [] : ['', toast.hint])];
  store.update(() => ({ dialog: { kind: 'message', title: 'Error', lines, top: 0 } }));
}

async function quit({ store, dialogs, quit: leave }: Services): Promise<void> {
  const running = store.get().jobs.filter(({ state, isStream }) => state === 'running' && isStream !== true);
  if (running.length === 0) return leave(0);
  const isYes = await dialogs.confirm('Quit?', [
    ...running.map(({ title }) => `${title} is cancelled`),
    '',
    'Containers go on.',
  ]);
  if (isYes) leave(0);
}
