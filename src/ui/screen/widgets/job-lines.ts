/** Jobs: the list of them, the output of one, the tray at the bottom. Pure. */
import { humanSize } from '../../format/units.ts';
import { totalsOf } from '../data/jobs.ts';
import { jobsCursor } from '../state/jobs.ts';
import { cleanLine } from '../state/log-buffer.ts';
import type { Dialog, Job, ScreenState } from '../state/types.ts';
import { bar } from './bar.ts';
import { buildContent } from './build-lines.ts';
import type { DialogContent } from './dialog-lines.ts';
import { fitText, styledWidth, wrapStyled } from './fit.ts';
import { narrowTable, withShortIds } from './narrow.ts';
import { glyphs, theme } from './theme.ts';

/** One job with its output and bars. */
export function jobContent(
  state: ScreenState,
  dialog: Dialog & { kind: 'job' | 'build' },
  width: number,
): DialogContent {
  const job = state.jobs.find(({ id }) => id === dialog.jobId);
  if (job === undefined) return { title: 'Job', lines: [theme.dim('gone')], note: 'Esc', top: 0, width: 44 };
  if (dialog.kind === 'build' && job.build !== undefined)
    return buildContent(state, dialog, { ...job, build: job.build });
  const inner = width - 4;
  const lines = [
    ...narrowTable(job.lines.map(cleanLine), inner).flatMap((line) => wrapStyled(fitIds(line, inner), inner)),
    ...layerLines(job, inner),
  ];
  const others = state.jobs.length > 1 ? '[ ] others · ' : '';
  const end = job.isStream === true ? 'Esc ends it' : 'x cancels · Esc: goes on in the background';
  const note = job.state === 'running' ? `${others}${end}` : `${others}Esc`;
  return {
    title: `${jobMark(job)} ${cleanLine(job.title)}`,
    lines: lines.length === 0 ? [theme.dim(job.state === 'running' ? 'working…' : 'no output')] : lines,
    note,
    top: dialog.top,
    width,
  };
}

/** What is there to be copied whole: JSON, and the digest that a push ends with. */
const COPIED = /"|\bdigest: /i;

/** Ids lose their ends before a line is broken. */
const fitIds = (line: string, width: number): string =>
  styledWidth(line) <= width || COPIED.test(line) ? line : withShortIds(line);

/** All jobs, newest first; what is under the cursor opens with Enter. */
export function jobsContent(
  { jobs, size }: ScreenState,
  dialog: Dialog & { kind: 'jobs' },
  max: number,
): DialogContent {
  const width = Math.min(max, 80);
  const newestFirst = jobs.toReversed();
  const cursor = jobsCursor(newestFirst, dialog);
  const lines = newestFirst.map((job, index) => {
    const seconds = `${Math.round(((job.endedAt ?? Date.now()) - job.startedAt) / 1000)}s`;
    const text = ` ${fitText(cleanLine(job.title), width - 22)} ${fitText(job.state, 8)} ${fitText(seconds, 5, 'right')}`;
    if (index === cursor) return theme.selected(fitText(`${plainMark(job)}${text}`, width - 4));
    return `${jobMark(job)}${text}`;
  });
  return {
    title: 'Jobs',
    lines,
    note: 'Enter opens · x cancels · Esc',
    top: Math.max(0, cursor - size.rows + 8),
    width,
  };
}

const plainMark = ({ state }: Job): string =>
  state === 'running' ? glyphs.busy : state === 'done' ? glyphs.done : glyphs.failed;

function jobMark(job: Job): string {
  const paint = { running: theme.yellow, done: theme.green, failed: theme.red, canceled: theme.red }[
    job.state
  ];
  return paint(plainMark(job));
}

/** One bar per layer. */
function layerLines(job: Job, width: number): string[] {
  const barWidth = Math.max(8, Math.min(32, width - 50));
  return [...job.layers].map(([id, { status, current, total }]) => {
    const layer = fitText(cleanLine(id), 12);
    if (current === undefined) return `${layer} ${cleanLine(status)}`;
    const name = `${layer} ${fitText(cleanLine(status), 18)}`;
    if (total === undefined || total <= 0) return `${name} ${humanSize(current, 3)}`;
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
  const name = cleanLine(job.title);
  const title = fitText(name, Math.min([...name].length, Math.max(8, width - 44)));
  if (total === 0)
    return `${theme.yellow(glyphs.busy)} ${title}${more}${stepsOf(job)} ${theme.dim(`${Math.floor(seconds)}s`)}`;
  const speed = current / seconds;
  const left = speed > 0 && total > current ? `${Math.ceil((total - current) / speed)}s` : '';
  return `${title}${more} ${theme.cyan(bar(current / total, 8))} ${Math.floor((100 * current) / total)}% ${theme.dim(`${humanSize(speed, 3)}/s ${left}`)}`;
}

function stepsOf({ build }: Job): string {
  if (build === undefined) return '';
  const ended = build.steps.filter(({ state }) => state === 'done' || state === 'cached').length;
  return ` ${theme.cyan(bar(ended / Math.max(1, build.steps.length), 8))} ${ended}/${build.steps.length}`;
}
