/** Keys of the details: logs, texts, terminals. */

import { searchPattern } from '../state/log-buffer.ts';
import { shownTerminal } from '../state/terminals.ts';
import type { LogView, ScreenState } from '../state/types.ts';
import type { Binding } from './binding.ts';
import { copyLog, exportLog, markLog } from './copying.ts';
import type { Services } from './services.ts';
import { startEditing } from './start-editing.ts';
import { textBindings } from './text-bindings.ts';

const changeLog = (services: Services, parts: (log: LogView, state: ScreenState) => Partial<LogView>) =>
  services.store.update((state) => ({ log: { ...state.log, ...parts(state.log, state) } }));

/** Scrolls by rows: negative is back. Older lines are read from disk when the oldest is reached. */
export function scrollLog(services: Services, rows: number) {
  const { buffer } = services.log;
  const height = services.layout().contentRows;
  const last = buffer.end - 1;
  if (services.store.get().log.mark !== undefined) return moveMark(services, rows);
  const oldest = Math.min(last, buffer.first + height - 1);
  changeLog(services, (log) => {
    const bottom = Math.max(oldest, Math.min(last, (log.bottom ?? last) + rows));
    return { bottom: bottom >= last && rows > 0 ? undefined : bottom };
  });
  const { bottom } = services.store.get().log;
  if (rows < 0 && bottom !== undefined && bottom <= oldest) readOlder(services);
}

/** Moves the end of what is marked; the view follows it. */
function moveMark(services: Services, rows: number): void {
  const { first, end } = services.log.buffer;
  const height = services.layout().contentRows;
  changeLog(services, ({ mark, bottom = end - 1 }) => {
    if (mark === undefined) return {};
    const to = Math.max(first, Math.min(end - 1, mark.to + rows));
    return { mark: { ...mark, to }, bottom: Math.max(to, Math.min(bottom, to + height - 1)) };
  });
}

function readOlder(services: Services) {
  services.log.readOlder().catch((error: unknown) => services.notices.error('read older lines', error));
}

/** Goes to the oldest line there is room for, reading what is older from disk; any other movement ends it. */
async function goOldest(services: Services): Promise<void> {
  const { store, log } = services;
  const toOldest = () => {
    const bottom = Math.min(log.buffer.end - 1, log.buffer.first + services.layout().contentRows - 1);
    changeLog(services, () => ({ bottom }));
    return bottom;
  };
  let bottom = toOldest();
  while ((await log.readOlder()) && store.get().log.bottom === bottom) bottom = toOldest();
}

const scroll =
  (pages: number, rows = 0) =>
  (services: Services) =>
    scrollLog(services, Math.trunc(pages * services.layout().contentRows) + rows);

/** The next hit upwards (-1) or downwards (1). */
export function findInLog(services: Services, step: 1 | -1) {
  const { log } = services.store.get();
  if (log.search === '') return startEditing(services, 'search');
  const { buffer } = services.log;
  const from = log.hit ?? (log.bottom ?? buffer.end - 1) + (step < 0 ? 1 : -1);
  const hit = buffer.find(searchPattern(log.search), from, step);
  if (hit === undefined)
    return services.notices.info(`no ${step < 0 ? 'earlier' : 'later'} match of ${log.search}`);
  const half = Math.floor(services.layout().contentRows / 2);
  changeLog(services, () => ({ hit, bottom: Math.min(buffer.end - 1, hit + half) }));
}

const toggle = (key: 'isWrapped' | 'hasTimes') => (services: Services) =>
  changeLog(services, (log) => ({ [key]: !log[key] }));

function toggleFollow(services: Services): void {
  const { end } = services.log.buffer;
  changeLog(services, (log) => ({ bottom: log.bottom === undefined ? end - 1 : undefined, hit: undefined }));
}

const logBindings: readonly Binding[] = [
  { id: 'log-down', keys: ['j', 'down'], label: 'down', places: ['logs'], run: scroll(0, 1) },
  { id: 'log-up', keys: ['k', 'up'], label: 'up', places: ['logs'], run: scroll(0, -1) },
  {
    id: 'log-page-down',
    keys: ['pagedown', 'space'],
    label: 'page down',
    places: ['logs'],
    run: scroll(1, -1),
  },
  { id: 'log-page-up', keys: ['pageup', 'b'], label: 'page up', places: ['logs'], run: scroll(-1, 1) },
  { id: 'log-half-down', keys: ['ctrl+d'], label: 'half a page down', places: ['logs'], run: scroll(0.5) },
  { id: 'log-half-up', keys: ['ctrl+u'], label: 'half a page up', places: ['logs'], run: scroll(-0.5) },
  {
    id: 'log-oldest',
    keys: ['g', 'home'],
    label: 'oldest',
    places: ['logs'],
    run: goOldest,
  },
  {
    id: 'log-follow-end',
    keys: ['G', 'end'],
    label: 'newest, follow',
    places: ['logs'],
    run: (services) => changeLog(services, () => ({ bottom: undefined, hit: undefined })),
  },
  { id: 'log-follow', keys: ['f'], label: 'follow', places: ['logs'], hint: 4, run: toggleFollow },
  {
    id: 'log-search',
    keys: ['/'],
    label: 'search',
    places: ['logs'],
    hint: 5,
    run: (services) => startEditing(services, 'search'),
  },
  {
    id: 'log-next',
    keys: ['n'],
    label: 'earlier hit',
    places: ['logs'],
    run: (services) => findInLog(services, -1),
  },
  {
    id: 'log-previous',
    keys: ['N'],
    label: 'later hit',
    places: ['logs'],
    run: (services) => findInLog(services, 1),
  },
  {
    id: 'log-filter',
    keys: ['&'],
    label: 'only matching lines',
    places: ['logs'],
    hint: 6,
    run: (services) => startEditing(services, 'log-filter'),
  },
  { id: 'log-mark', keys: ['v'], label: 'mark lines', places: ['logs'], run: markLog },
  { id: 'log-copy', keys: ['y'], label: 'copy the line, or what is marked', places: ['logs'], run: copyLog },
  { id: 'log-export', keys: ['ctrl+s'], label: 'write the log to a file', places: ['logs'], run: exportLog },
  { id: 'log-times', keys: ['t'], label: 'times', places: ['logs'], hint: 7, run: toggle('hasTimes') },
  { id: 'log-wrap', keys: ['w'], label: 'wrap', places: ['logs'], hint: 8, run: toggle('isWrapped') },
];

const hasTerminal = (state: ScreenState): true | string =>
  shownTerminal(state) !== undefined || 'no terminal is open: a attaches, e runs a shell';

/** Shows the next of all terminals, whichever container it belongs to. */
const cycleTerminal =
  (step: 1 | -1) =>
  ({ store, sessions }: Services) => {
    const { terminals } = store.get();
    const at = terminals.findIndex(({ id }) => id === shownTerminal(store.get())?.id);
    const next = terminals[(at + step + terminals.length) % terminals.length];
    if (next === undefined) return;
    sessions.focus(next.id);
    store.update(() => ({ isTerminalFocused: false }));
  };

const scrollTerminal =
  (pages: number) =>
  ({ store, sessions, layout }: Services) => {
    const shown = shownTerminal(store.get());
    if (shown !== undefined) sessions.get(shown.id)?.screen.scroll(Math.trunc(pages * layout().contentRows));
    store.update(({ versions }) => ({ versions: { ...versions, terminal: versions.terminal + 1 } }));
  };

const terminalBindings: readonly Binding[] = [
  {
    id: 'terminal-enter',
    keys: ['enter', 'a'],
    label: 'type into it',
    places: ['terminal'],
    hint: 4,
    when: hasTerminal,
    run: ({ store, sessions }) => sessions.focus(shownTerminal(store.get())!.id),
  },
  {
    id: 'terminal-next',
    keys: ['n'],
    label: 'next terminal of all',
    places: ['terminal'],
    hint: 5,
    when: hasTerminal,
    run: cycleTerminal(1),
  },
  {
    id: 'terminal-previous',
    keys: ['N'],
    label: 'previous terminal',
    places: ['terminal'],
    when: hasTerminal,
    run: cycleTerminal(-1),
  },
  {
    id: 'terminal-close',
    keys: ['x'],
    label: 'close it',
    places: ['terminal'],
    hint: 6,
    when: hasTerminal,
    run: ({ store, sessions }) => sessions.close(shownTerminal(store.get())!.id),
  },
  {
    id: 'terminal-back',
    keys: ['pageup', 'k', 'up'],
    label: 'scroll back',
    places: ['terminal'],
    run: scrollTerminal(-0.5),
  },
  {
    id: 'terminal-forward',
    keys: ['pagedown', 'j', 'down'],
    label: 'scroll on',
    places: ['terminal'],
    run: scrollTerminal(0.5),
  },
];

export const detailBindings: readonly Binding[] = [...logBindings, ...textBindings, ...terminalBindings];
