/** Terminals and the tabs of the details: each terminal belongs to a container and is a tab beside its others. Pure. */
import { containerName, currentContainer } from './rows.ts';
import { type ScreenState, TABS, type Tab, type TerminalTab } from './types.ts';

type Parts = Partial<ScreenState>;

/** The terminals of the container under the cursor, in the order they were opened. */
function ownTerminals(state: ScreenState): readonly TerminalTab[] {
  const id = currentContainer(state)?.id;
  return id === undefined ? [] : state.terminals.filter(({ containerId }) => containerId === id);
}

/** The terminal of the details: the one that has the keys, else the container's that was shown last. */
export function shownTerminal(state: ScreenState): TerminalTab | undefined {
  if (state.isTerminalFocused) return state.terminals.find(({ id }) => id === state.focusedTerminal);
  const own = ownTerminals(state);
  return own.length === 0 ? undefined : own.reduce((last, tab) => (tab.shownAt > last.shownAt ? tab : last));
}

/** What the terminal is of: the container's name as it is now, and the program. */
export function titleOfTerminal({ lists }: ScreenState, { containerId, kind, title }: TerminalTab): string {
  const item = lists.containers.find(({ Id }) => Id === containerId);
  if (item === undefined) return title;
  const [, ...program] = title.split(' ');
  return [containerName(item), ...(kind === 'exec' ? program : [])].join(' ').trimEnd();
}

/** '^P ^Q' of Docker's 'ctrl-p,ctrl-q'. */
export function detachKeyNames({ detachKeys }: Pick<TerminalTab, 'detachKeys'>): string {
  const nameOf = (key: string) =>
    key
      .replace(/^ctrl-(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`)
      .replace(/[\x00-\x1f]/, (control) => `^${String.fromCharCode(control.charCodeAt(0) + 0x40)}`);
  return detachKeys.split(',').map(nameOf).join(' ');
}

export const currentTab = (state: ScreenState): Tab => state.tabs[state.listPane];

/** Shows a tab of the current list; nothing when it has no such tab. */
export function showTab(state: ScreenState, tab: Tab): Parts {
  if (!TABS[state.listPane].includes(tab)) return {};
  return { tabs: { ...state.tabs, [state.listPane]: tab } };
}

/** Shows a terminal in the details. */
export function showTerminal(state: ScreenState, id: number): Parts {
  const shownAt = Math.max(0, ...state.terminals.map((tab) => tab.shownAt)) + 1;
  return {
    listPane: 'containers',
    tabs: { ...state.tabs, containers: 'terminal' },
    terminals: state.terminals.map((tab) => (tab.id === id ? { ...tab, shownAt, hasNews: false } : tab)),
  };
}

/** What the tab bar has one label for. */
export interface TabStop {
  tab: Tab;
  terminal?: TerminalTab;
}

/** The tabs of the current list; every terminal of the container is one. */
export function tabStops(state: ScreenState): readonly TabStop[] {
  const own = ownTerminals(state);
  return TABS[state.listPane].flatMap((tab): TabStop[] =>
    tab === 'terminal' && own.length > 0 ? own.map((terminal) => ({ tab, terminal })) : [{ tab }],
  );
}

export function isShownStop(state: ScreenState, { tab, terminal }: TabStop): boolean {
  return tab === currentTab(state) && (terminal === undefined || terminal.id === shownTerminal(state)?.id);
}

const goTo = (state: ScreenState, { tab, terminal }: TabStop): Parts =>
  terminal === undefined ? showTab(state, tab) : showTerminal(state, terminal.id);

/** The next (1) or previous (-1) tab. */
export function cycleTab(state: ScreenState, step: 1 | -1): Parts {
  const stops = tabStops(state);
  const at = stops.findIndex((stop) => isShownStop(state, stop));
  return goTo(state, stops[(at + step + stops.length) % stops.length]!);
}

/** The tab of that place in the list's tabs; a terminal's place pressed again goes on to the next terminal. */
export function numberedTab(state: ScreenState, index: number): Parts {
  const tab = TABS[state.listPane][index];
  if (tab === undefined) return {};
  const own = ownTerminals(state);
  if (tab !== 'terminal' || currentTab(state) !== 'terminal' || own.length < 2) return showTab(state, tab);
  const at = own.findIndex(({ id }) => id === shownTerminal(state)?.id);
  return showTerminal(state, own[(at + 1) % own.length]!.id);
}
