/** The tabs in the top border of the details; every terminal of the container is a tab with a sign of life. */
import {
  currentTab,
  detachKeyNames,
  isShownStop,
  shownTerminal,
  type TabStop,
  tabStops,
  titleOfTerminal,
} from '../state/terminals.ts';
import type { ScreenState } from '../state/types.ts';
import { styledWidth } from '../widgets/fit.ts';
import { glyphs, theme } from '../widgets/theme.ts';

/** The tabs that fit `width` cells, the shown one among them. */
export function tabBar(state: ScreenState, width: number): string {
  const stops = state.isTerminalFocused
    ? tabStops(state).filter(({ terminal }) => terminal !== undefined)
    : tabStops(state);
  if (state.isTerminalFocused && stops.length < 2) return '';
  const titleOf = ({ terminal }: TabStop) => terminal && titleOfTerminal(state, terminal);
  const all = stops.map((stop) => labelOf(state, stop, titleOf(stop))).join(' ');
  if (styledWidth(all) <= width) return all;
  const short = stops.map((stop, index) => labelOf(state, stop, String(index + 1)));
  const shown = stops.findIndex((stop) => isShownStop(state, stop));
  return windowOf(short, Math.max(0, shown), width);
}

/** As many labels around the shown one as fit; the ends say that there are more. */
function windowOf(labels: readonly string[], shown: number, width: number): string {
  const room = width - 4; // for both ends
  let from = shown;
  let to = shown + 1;
  const fits = (start: number, end: number) =>
    start >= 0 && end <= labels.length && styledWidth(labels.slice(start, end).join(' ')) <= room;
  while (fits(from, to + 1) || fits(from - 1, to)) {
    if (fits(from, to + 1)) to += 1;
    if (fits(from - 1, to)) from -= 1;
  }
  const before = from > 0 ? `${theme.dim('‹')} ` : '';
  const after = to < labels.length ? ` ${theme.dim('›')}` : '';
  return `${before}${labels.slice(from, to).join(' ')}${after}`;
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
  const title = theme.bold(titleOfTerminal(state, terminal));
  return state.isTerminalFocused
    ? `${title} ${theme.green('terminal')} ${theme.dim(`${detachKeyNames(terminal)} detaches`)}`
    : `${title} ${theme.dim('terminal')}`;
}

/** Whether a container has terminals, and one of them news. */
export function terminalBadge(state: ScreenState, containerId: string): 'open' | 'news' | '' {
  const own = state.terminals.filter((tab) => tab.containerId === containerId && tab.state === 'running');
  if (own.length === 0) return '';
  return own.some(({ hasNews }) => hasNews) ? 'news' : 'open';
}
