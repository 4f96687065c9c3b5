/** The tabs in the top border of the details; every terminal of the container is a tab with a sign of life. */
import { currentTab, isShownStop, shownTerminal, type TabStop, tabStops } from '../state/terminals.ts';
import { type ScreenState, TABS } from '../state/types.ts';
import { styledWidth } from '../widgets/fit.ts';
import { glyphs, theme } from '../widgets/theme.ts';

/** The tabs that fit `width` cells; fewer words when they don't. */
export function tabBar(state: ScreenState, width: number): string {
  const stops = state.isTerminalFocused
    ? tabStops(state).filter(({ terminal }) => terminal !== undefined)
    : tabStops(state);
  if (state.isTerminalFocused && stops.length < 2) return '';
  const all = stops.map((stop) => labelOf(state, stop, stop.terminal?.title)).join(' ');
  if (styledWidth(all) <= width) return all;
  const short = stops.map((stop, index) => labelOf(state, stop, String(index + 1))).join(' ');
  if (styledWidth(short) <= width) return short;
  const tabs = TABS[state.listPane];
  return theme.dim(`tab ${tabs.indexOf(currentTab(state)) + 1}/${tabs.length}`);
}

function labelOf(state: ScreenState, stop: TabStop, title: string | undefined): string {
  const { tab, terminal } = stop;
  const isShown = isShownStop(state, stop);
  const name = terminal === undefined ? tab : (title ?? tab);
  const text = isShown ? theme.cyan(theme.bold(name)) : theme.dim(name);
  if (terminal === undefined) return text;
  if (terminal.state === 'exited') return `${theme.dim(glyphs.stopped)}${text}`;
  // What came while it was not looked at.
  return `${terminal.hasNews ? theme.yellow(glyphs.running) : theme.green(glyphs.running)}${text}`;
}

/** What stands at the left of the border when a terminal is shown: its own title, and how to leave it. */
export function terminalTitle(state: ScreenState): string | undefined {
  const terminal = shownTerminal(state);
  if (terminal === undefined || currentTab(state) !== 'terminal') return undefined;
  return state.isTerminalFocused
    ? `${theme.bold(terminal.title)} ${theme.green('terminal')} ${theme.dim('^P ^Q detaches')}`
    : `${theme.bold(terminal.title)} ${theme.dim('terminal')}`;
}

/** Whether a container has terminals, and one of them news. */
export function terminalBadge(state: ScreenState, containerId: string): 'open' | 'news' | '' {
  const own = state.terminals.filter((tab) => tab.containerId === containerId && tab.state === 'running');
  if (own.length === 0) return '';
  return own.some(({ hasNews }) => hasNews) ? 'news' : 'open';
}
