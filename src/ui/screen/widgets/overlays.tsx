/** What lies over the panes: dialogs and toasts. */
import type { StatsBook } from '../data/stats-book.ts';
import { BOARD_HINTS } from '../keys/board-keys.ts';
import { hintsOf } from '../keys/places.ts';
import type { Layout } from '../state/layout.ts';
import { detachKeyNames, shownTerminal } from '../state/terminals.ts';
import type { Editing, ScreenState } from '../state/types.ts';
import { dialogBox } from './dialog-box.ts';
import { editLineText } from './dialog-lines.ts';
import { fitStyled, styledWidth, wrapWords } from './fit.ts';
import { frame } from './frame.ts';
import { jobTray } from './job-lines.ts';
import { StatsBoard } from './stats-board.tsx';
import { Surface } from './surface.tsx';
import { theme } from './theme.ts';

export function DialogView({ state, stats }: { state: ScreenState; stats: StatsBook }) {
  const { dialog } = state;
  if (dialog === undefined) return null;
  if (dialog.kind === 'stats') return <StatsBoard state={state} board={dialog.board} stats={stats} />;
  const { box, content, top, last } = dialogBox(state, dialog);
  const { x, y, width, height } = box;
  const shown = content.lines.slice(top, top + height - 2).map((line) => ` ${line}`);
  const position = last > 0 ? `${theme.dim(`${top + height - 2}/${content.lines.length}`)} ` : '';
  const lines = frame(shown, height, {
    width,
    title: theme.bold(content.title),
    isFocused: true,
    note: `${position}${content.note}`,
  });
  return <Surface lines={lines} x={x} y={y} width={width} height={height} />;
}

export function Toasts({ state }: { state: ScreenState }) {
  const { columns, rows } = state.size;
  if (state.toasts.length === 0) return null;
  // Inside of the frame: a border that ends beside a toast looks broken.
  const max = Math.max(1, Math.min(columns - 4, 64));
  const texts = state.toasts.map(({ level, text, hint }) => {
    const all = [text, ...(hint === undefined ? [] : [hint])]
      .flatMap((part) => wrapWords(part, max - 4))
      .slice(0, 5);
    return { level, lines: level === 'error' ? [...all, theme.dim('Esc closes · E details')] : all };
  });
  const width = Math.min(max, Math.max(...texts.flatMap(({ lines }) => lines.map(styledWidth))) + 4);
  const lines = texts.flatMap(({ level, lines: own }) => {
    const paint = level === 'error' ? theme.red : theme.green;
    return own.map((line) => `${paint('▌')} ${fitStyled(line, width - 3)} `);
  });
  const y = Math.max(0, rows - 2 - lines.length);
  return <Surface lines={lines} x={columns - width - 1} y={y} width={width} height={lines.length} />;
}

/** The bottom line: what is being typed, or hints, and the job tray. */
export function BottomLine({ state, layout }: { state: ScreenState; layout: Layout }) {
  const { width, y } = layout.hint;
  return <Surface lines={[bottomText(state, width)]} x={0} y={y} width={width} height={1} />;
}

const PROMPTS = { filter: '/', search: '/', 'text-search': '/', 'log-filter': '&', command: ':' } as const;

/** Many choices move along, so that what Tab brings next is seen. */
const choicesText = ({ items, index }: NonNullable<Editing['choices']>): string =>
  (items.length > 6 ? items.slice(index) : items).slice(0, 12).join(' ');

function bottomText(state: ScreenState, width: number): string {
  const { editing } = state;
  if (editing !== undefined) {
    const choices = editing.choices === undefined ? '' : theme.dim(choicesText(editing.choices));
    const own = editLineText(
      editing.edit.text,
      editing.edit.at,
      Math.max(10, choices === '' ? width - 1 : Math.min(width - 1, editing.edit.text.length + 2)),
    );
    return fitStyled(`${theme.cyan(PROMPTS[editing.what])}${own} ${choices}`, width);
  }
  const terminal = state.isTerminalFocused ? shownTerminal(state) : undefined;
  if (terminal !== undefined)
    return fitStyled(
      ` ${theme.bold(detachKeyNames(terminal))} ${theme.dim('leaves the terminal, its program goes on')}`,
      width,
    );
  const tray = jobTray(state.jobs, Math.floor(width / 2), Date.now());
  const room = width - styledWidth(tray) - 2;
  let line = '';
  const hints = state.dialog?.kind === 'stats' ? BOARD_HINTS : hintsOf(state);
  for (const { key, label } of hints) {
    const next = `${line} ${theme.bold(key)} ${theme.dim(label)} `;
    if (styledWidth(next) > room) break;
    line = next;
  }
  return fitStyled(fitStyled(line, width - styledWidth(tray) - 1) + tray, width);
}
