/** The right side: tabs about the object under the cursor. */
import type { Session } from '../../../pty/index.ts';
import type { StatsBook } from '../data/stats-book.ts';
import { type Layout, layoutOf } from '../state/layout.ts';
import { type LogBuffer, searchPattern } from '../state/log-buffer.ts';
import { containerRow, currentRow, type Row } from '../state/rows.ts';
import { currentTab, shownTerminal } from '../state/terminals.ts';
import { textRows, textTop } from '../state/texts.ts';
import type { ScreenState, Tab } from '../state/types.ts';
import { fitStyled, styledWidth } from '../widgets/fit.ts';
import { frame } from '../widgets/frame.ts';
import { Surface } from '../widgets/surface.tsx';
import { theme } from '../widgets/theme.ts';
import { logLines, marked, sourceNames } from './log-lines.ts';
import { statsLines } from './stats-lines.ts';
import { tabBar, terminalTitle } from './tab-bar.ts';

/** What lives outside of the state. */
export interface DetailsSources {
  log: LogBuffer;
  stats: StatsBook;
  sessionOf(id: number): Session | undefined;
  /** Lines of a chart for the stats tab; undefined until the chart library is loaded. */
  chart(id: string, width: number, height: number): readonly string[] | undefined;
}

interface DetailsProps {
  state: ScreenState;
  layout: Layout;
  sources: DetailsSources;
}

export function DetailsPane({ state, layout, sources }: DetailsProps) {
  const { details } = layout;
  if (details.width <= 0) return null;
  const row = currentRow(state);
  const isFocused = state.focus === 'details';
  const tab = currentTab(state);
  const size = { width: layout.contentColumns, height: layout.contentRows };
  const title = titleOf(state, row, tab, details.width);
  const lines = frame(contentOf(state, row, sources, size), details.height, {
    width: details.width,
    title,
    right: tabBar(state, details.width - styledWidth(title) - 9),
    isFocused,
    note: noteOf(state, tab, sources),
  });
  return <Surface lines={lines} x={details.x} y={details.y} width={details.width} height={details.height} />;
}

/** The containers whose logs are shown as one; one that is gone has left its lines, and its id. */
const mergedRows = ({ lists, log }: ScreenState): readonly { id: string; name: string }[] =>
  (log.merged?.ids ?? []).map((id) => {
    const item = lists.containers.find(({ Id }) => Id === id);
    return item === undefined ? { id, name: id.slice(0, 12) } : containerRow(item);
  });

function titleOf(state: ScreenState, row: Row | undefined, tab: Tab, width: number): string {
  const merged = tab === 'logs' ? mergedRows(state) : [];
  const names = merged.length > 1 ? merged.map(({ name }) => name).join(' ') : row?.name;
  const name = names ?? 'boxtop';
  const max = Math.max(8, Math.floor(width * 0.4));
  const shown = name.length > max ? `${name.slice(0, max - 1)}…` : name;
  return terminalTitle(state) ?? `${theme.bold(shown)} ${theme.dim(tab)}`;
}

/** A taller chart says no more. */
const MAX_CHART_ROWS = 16;

function contentOf(
  state: ScreenState,
  row: Row | undefined,
  sources: DetailsSources,
  size: { width: number; height: number },
): string[] {
  const tab = currentTab(state);
  if (row === undefined && !state.isTerminalFocused) return welcome(state, size);
  if (tab === 'terminal') return terminalContent(state, sources, size);
  if (row === undefined) return [];
  if (tab === 'logs') return logContent(state, row, sources, size);
  if (tab === 'stats') return statsContent(row, sources, size);
  const { document } = state;
  if (document.error !== undefined) return [` ${theme.red(document.error)}`];
  if (document.isLoading && document.lines.length === 0) return [theme.dim(' reading…')];
  const top = textTop(state);
  const search = state.text.search === '' ? undefined : searchPattern(state.text.search);
  return textRows(state)
    .slice(top, top + size.height)
    .map((line) => ` ${search === undefined ? line : marked(line, search)}`);
}

function logContent(
  state: ScreenState,
  row: Row,
  { log }: DetailsSources,
  size: { width: number; height: number },
): string[] {
  if (log.end === log.first) {
    const isNew = row.pane === 'containers' && row.item.State === 'created';
    return [theme.dim(isNew ? ' not started yet: s starts it' : ' no output')];
  }
  return logLines(log, state.log, size, sourceNames(mergedRows(state)));
}

function statsContent(
  row: Row,
  { stats, chart }: DetailsSources,
  size: { width: number; height: number },
): string[] {
  const isRunning =
    row.pane === 'containers' && (row.item.State === 'running' || row.item.State === 'paused');
  const numbers = statsLines(stats.pointsOf(row.id), size.width, isRunning);
  const room = size.height - numbers.length - 1;
  if (!isRunning || room < 8) return numbers;
  const lines = chart(row.id, size.width - 2, Math.min(MAX_CHART_ROWS, room - 1)) ?? [];
  return lines.length === 0 ? numbers : [...numbers, '', theme.dim('  CPU, percent of one core'), ...lines];
}

function terminalContent(
  state: ScreenState,
  sources: DetailsSources,
  size: { width: number; height: number },
): string[] {
  const tab = shownTerminal(state);
  const session = tab === undefined ? undefined : sources.sessionOf(tab.id);
  if (tab === undefined || session === undefined) {
    return [
      '',
      theme.dim('  no terminal is open'),
      '',
      `  ${theme.bold('a')}  attach to the container's terminal`,
      `  ${theme.bold('e')}  run a shell in it`,
    ];
  }
  const lines = session.screen
    .lines()
    .slice(0, size.height)
    .map((line) => fitStyled(line, size.width));
  if (tab.state === 'exited')
    lines[Math.min(lines.length, size.height) - 1] = theme.selected(
      fitStyled(` ended with status ${tab.exitCode ?? '?'} · ${keysFor(state, 'x')} closes it `, size.width),
    );
  return lines;
}

/** Keys of the details, with the one that goes there. */
const keysFor = ({ focus }: ScreenState, key: string): string => (focus === 'details' ? key : `5 ${key}`);

function noteOf(state: ScreenState, tab: Tab, { log, sessionOf }: DetailsSources): string {
  const row = currentRow(state);
  if (row === undefined) return '';
  if (tab === 'logs') return logNote(state, log);
  if (tab === 'terminal') {
    const shown = shownTerminal(state);
    const session = shown === undefined ? undefined : sessionOf(shown.id);
    if (session === undefined) return '';
    const { offset } = session.screen.scrollback;
    if (offset > 0) return theme.yellow(`${offset} lines back`);
    if (state.isTerminalFocused || shown?.state === 'exited') return '';
    return theme.dim(`${keysFor(state, 'Enter')} types into it`);
  }
  if (tab === 'stats') return '';
  const count = textRows(state).length;
  if (count === 0) return '';
  const { search } = state.text;
  const position = theme.dim(`${Math.min(count, textTop(state) + layoutOf(state).contentRows)}/${count}`);
  return search === '' ? position : `${position} ${theme.yellow(`/${search} n N`)}`;
}

/** '5,210'. At every frame of a log that grows: an Intl formatter would cost more than the frame. */
const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

function logNote({ log: view }: ScreenState, log: LogBuffer): string {
  const parts: string[] = [];
  parts.push(
    view.bottom === undefined
      ? theme.green('following')
      : theme.yellow(`${log.end - 1 - view.bottom} newer below, G follows`),
  );
  const count = log.end - log.first;
  parts.push(theme.dim(count === 1 ? '1 line' : `${grouped(count)} lines`));
  if (view.filter !== '') parts.push(theme.yellow(`only ${view.filter}`));
  if (view.search !== '') parts.push(theme.yellow(`/${view.search}${view.hit === undefined ? '' : ' n N'}`));
  return parts.join(theme.dim(' · '));
}

function welcome(state: ScreenState, { height }: { width: number; height: number }): string[] {
  if (!state.isLoaded) return [];
  const text =
    state.listPane === 'containers' && state.lists.images.length === 0
      ? [
          theme.bold('Nothing here yet. Two ways to begin:'),
          '',
          `${theme.bold('Enter')}   make ${theme.cyan('busybox:latest')} from this`,
          "        machine's /bin/busybox",
          '        (no internet needed), then run it',
          '',
          `${theme.bold(':')}       type a command, for example`,
          `        ${theme.cyan('pull alpine')}`,
          '',
          `${theme.bold('?')}       every key`,
        ]
      : state.listPane === 'containers'
        ? [
            `Go to Images (${theme.bold('2')}), ${theme.bold('r')} runs one, or type`,
            `${theme.bold(':')} ${theme.cyan('run -it --name web busybox')}`,
          ]
        : [theme.dim('nothing under the cursor')];
  const above = Math.max(0, Math.floor((height - text.length) / 3));
  return [...Array.from({ length: above }, () => ''), ...text.map((line) => `   ${line}`)];
}
