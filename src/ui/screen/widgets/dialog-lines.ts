/** What each dialog says, as ready lines. Pure. */
import { humanSize } from '../../format/units.ts';
import { totalsOf } from '../data/jobs.ts';
import type { Place } from '../keys/binding.ts';
import { keyLabel, keyTable } from '../keys/table.ts';
import { cleanLine } from '../state/log-buffer.ts';
import type { Dialog, Job, ScreenState } from '../state/types.ts';
import { bar } from './bar.ts';
import { fitStyled, fitText, styledWidth, wrapStyled } from './fit.ts';
import { glyphs, theme } from './theme.ts';

/** Content of a dialog before it is framed. */
export interface DialogContent {
  title: string;
  lines: readonly string[];
  note: string;
  /** First line shown; undefined = the end. */
  top: number | undefined;
  /** Cells wanted. */
  width: number;
}

export function dialogContent(state: ScreenState, dialog: Dialog): DialogContent {
  const max = Math.max(20, state.size.columns - 4);
  switch (dialog.kind) {
    case 'menu':
      return sized(
        {
          title: dialog.title,
          lines: menuLines(dialog),
          note: 'Enter · Esc',
          top: Math.max(0, dialog.cursor - state.size.rows + 8),
        },
        36,
        max,
      );
    case 'confirm':
      return sized(
        {
          title: dialog.title,
          lines: wrapAll(['', ...dialog.lines, ''], max - 4),
          note: `${theme.bold('y')} yes  ${theme.bold('n')} no`,
          top: 0,
        },
        44,
        max,
      );
    case 'prompt':
      return {
        title: dialog.title,
        lines: ['', promptLine(dialog, Math.min(max, 72) - 4), ''],
        note: 'Enter · Esc',
        top: 0,
        width: Math.min(max, 72),
      };
    case 'help':
      return sized({ title: 'Keys', lines: helpLines(), note: 'j k · Esc', top: dialog.top }, 60, max);
    case 'message':
      return sized(
        { title: dialog.title, lines: wrapAll(dialog.lines, max - 4), note: 'Esc', top: dialog.top },
        44,
        max,
      );
    case 'job':
      return jobContent(state, dialog, max);
  }
}

const sized = (content: Omit<DialogContent, 'width'>, least: number, max: number): DialogContent => ({
  ...content,
  width: Math.min(
    max,
    Math.max(least, styledWidth(content.title) + 8, ...content.lines.map((line) => styledWidth(line) + 4)),
  ),
});

const wrapAll = (lines: readonly string[], width: number): string[] =>
  lines.flatMap((line) => wrapStyled(line, width));

function menuLines({ items, cursor }: Dialog & { kind: 'menu' }): string[] {
  const width = Math.max(...items.map(({ label }) => label.length), 24);
  return items.map(({ label, keys }, index) => {
    const line = ` ${fitText(keys, 6)} ${fitText(label, width)} `;
    return index === cursor ? theme.selected(line) : line;
  });
}

function promptLine({ edit, isSecret }: Dialog & { kind: 'prompt' }, width: number): string {
  const text = isSecret ? '•'.repeat([...edit.text].length) : edit.text;
  const at = isSecret ? [...edit.text.slice(0, edit.at)].length : edit.at;
  return editLineText(text, at, width);
}

/** A line being typed with a block cursor; a long one shows its end. */
export function editLineText(text: string, at: number, width: number): string {
  const under = [...text.slice(at)][0] ?? ' ';
  let before = text.slice(0, at);
  while (styledWidth(before) > width - 2) before = before.slice([...before][0]!.length);
  return fitStyled(
    before + theme.selected(under) + text.slice(at + (under === ' ' && at >= text.length ? 0 : under.length)),
    width,
  );
}

const PLACES: readonly [Place, string][] = [
  ['global', 'Everywhere'],
  ['list', 'Lists'],
  ['containers', 'Containers'],
  ['images', 'Images'],
  ['volumes', 'Volumes'],
  ['logs', 'Logs'],
  ['text', 'Texts'],
  ['terminal', 'Terminal tab'],
];

/** The help screen, from the key table. */
export function helpLines(): string[] {
  return PLACES.flatMap(([place, title]) => {
    const bindings = keyTable.filter(({ places }) => places.includes(place));
    return [
      theme.bold(title),
      ...bindings.map(
        ({ keys, label }) => `  ${theme.cyan(fitText(keys.map(keyLabel).join(' '), 14))} ${label}`,
      ),
      ...(place === 'terminal'
        ? [`  ${theme.cyan(fitText('^P ^Q', 14))} leave the terminal; its program goes on`]
        : []),
      '',
    ];
  });
}

function jobContent(
  state: ScreenState,
  { jobId, top }: Dialog & { kind: 'job' },
  width: number,
): DialogContent {
  const job = state.jobs.find(({ id }) => id === jobId);
  if (job === undefined) return { title: 'Job', lines: [theme.dim('gone')], note: 'Esc', top: 0, width: 44 };
  const inner = width - 4;
  const lines = [
    ...job.lines.flatMap((line) => wrapStyled(cleanLine(line), inner)),
    ...layerLines(job, inner),
  ];
  const others = state.jobs.length > 1 ? '[ ] others · ' : '';
  const note =
    job.state === 'running' ? `${others}x cancels · Esc: goes on in the background` : `${others}Esc`;
  return {
    title: `${jobMark(job)} ${job.title}`,
    lines: lines.length === 0 ? [theme.dim(job.state === 'running' ? 'working…' : 'no output')] : lines,
    note,
    top,
    width,
  };
}

export function jobMark({ state }: Job): string {
  if (state === 'running') return theme.yellow(glyphs.busy);
  return state === 'done' ? theme.green(glyphs.done) : theme.red(glyphs.failed);
}

/** One bar per layer. */
function layerLines(job: Job, width: number): string[] {
  const barWidth = Math.max(8, Math.min(32, width - 50));
  return [...job.layers].map(([id, { status, current, total }]) => {
    const name = `${fitText(cleanLine(id), 12)} ${fitText(cleanLine(status), 18)}`;
    if (current === undefined || total === undefined || total <= 0)
      return current === undefined ? name : `${name} ${humanSize(current, 3)}`;
    return `${name} ${theme.cyan(bar(current / total, barWidth))} ${humanSize(current, 3)}/${humanSize(total, 3)}`;
  });
}

/** The running jobs in one line for the bottom of the screen. */
export function jobTray(jobs: readonly Job[], width: number, nowMs: number): string {
  const running = jobs.filter(({ state }) => state === 'running');
  const job = running.at(-1);
  if (job === undefined) return '';
  const { current, total } = totalsOf(job);
  const seconds = Math.max(0.001, (nowMs - job.startedAt) / 1000);
  const more = running.length > 1 ? ` +${running.length - 1}` : '';
  const title = fitText(job.title, Math.min([...job.title].length, Math.max(8, width - 44)));
  if (total === 0)
    return `${theme.yellow(glyphs.busy)} ${title}${more} ${theme.dim(`${Math.round(seconds)}s`)}`;
  const speed = current / seconds;
  const left = speed > 0 && total > current ? `${Math.ceil((total - current) / speed)}s` : '';
  return `${title}${more} ${theme.cyan(bar(current / total, 8))} ${Math.floor((100 * current) / total)}% ${theme.dim(`${humanSize(speed, 3)}/s ${left}`)}`;
}
