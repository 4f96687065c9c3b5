/** The build view: the steps with their times, below them the output of one. Pure. */

import { textWidth } from '../../format/cell-width.ts';
import { printable } from '../../format/printable.ts';
import { type Build, type BuildStep, shownStep } from '../state/build-book.ts';
import { cleanLine } from '../state/log-buffer.ts';
import type { Dialog, Job, ScreenState } from '../state/types.ts';
import type { DialogContent } from './dialog-lines.ts';
import { fitText, wrapStyled } from './fit.ts';
import { glyphs, lines as l, theme } from './theme.ts';

type BuildDialog = Dialog & { kind: 'build' };

/** The whole view as lines that fill the dialog. */
export function buildContent(
  state: ScreenState,
  dialog: BuildDialog,
  job: Job & { build: Build },
): DialogContent {
  const width = state.size.columns;
  const inner = width - 4;
  const height = Math.max(6, state.size.rows - 3);
  const { build } = job;
  const shown = shownStep(build, dialog.step);
  const steps = stepWindow(build.steps, shown, Math.max(3, Math.floor(height * 0.45))).map((step) =>
    stepLine(step, step === shown, inner),
  );
  const room = height - steps.length - 1;
  const output = outputLines(build, shown, inner);
  const last = Math.max(0, output.length - room);
  const top = Math.min(dialog.top ?? last, last);
  const name = shown === undefined ? '' : ` ${printable(shown.name)} `;
  const cut = fitText(name, Math.min(inner - 3, textWidth(name)));
  const heading = theme.dim(`${l.h.repeat(2)}${cut}${l.h.repeat(Math.max(0, inner - 2 - textWidth(cut)))}`);
  return {
    title: titleOf(job),
    lines: [...steps, heading, ...output.slice(top, top + room)],
    note: noteOf(job),
    top: 0,
    width,
    height: height + 2,
  };
}

function titleOf({ title, state, build, startedAt, endedAt }: Job & { build: Build }): string {
  const ended = build.steps.filter((step) => step.state === 'done' || step.state === 'cached').length;
  const seconds = (((endedAt ?? Date.now()) - startedAt) / 1000).toFixed(1);
  const mark =
    state === 'running'
      ? theme.yellow(glyphs.busy)
      : state === 'done'
        ? theme.green(glyphs.done)
        : theme.red(glyphs.failed);
  return `${mark} ${cleanLine(title)} ${theme.dim(`${ended}/${build.steps.length} · ${seconds}s`)}`;
}

function noteOf({ state, build }: Job & { build: Build }): string {
  const keys = ['j k steps', 'PgUp PgDn output'];
  if (state === 'running') keys.push('x cancels', 'Esc: goes on in the background');
  else {
    if (build.failed?.failure?.lastGood !== undefined)
      keys.push(`${theme.bold('e')} shell in the last good layer`);
    keys.push('Esc');
  }
  return keys.join(' · ');
}

/** The steps around the shown one. */
function stepWindow(
  steps: readonly BuildStep[],
  shown: BuildStep | undefined,
  height: number,
): readonly BuildStep[] {
  const at = shown === undefined ? steps.length - 1 : steps.indexOf(shown);
  const first = Math.max(0, Math.min(at - Math.floor(height / 2), steps.length - height));
  return steps.slice(first, first + height);
}

const TIME_WIDTH = 9;

function stepLine(step: BuildStep, isShown: boolean, width: number): string {
  const { mark, paint } = LOOKS[step.state];
  const seconds = (step.durationMs ?? Date.now() - step.startedAt) / 1000;
  const time = step.state === 'cached' ? 'CACHED' : `${seconds.toFixed(1)}s`;
  const progress = step.state === 'running' && step.progress !== '' ? ` ${printable(step.progress)}` : '';
  const right = progress === '' ? '' : `${fitText(progress, Math.min(30, progress.length))} `;
  const name = fitText(printable(step.name), Math.max(4, width - TIME_WIDTH - 3 - right.length));
  const text = ` ${name}${right}${fitText(time, TIME_WIDTH, 'right')}`;
  if (isShown) return theme.selected(fitText(`${mark}${text}`, width));
  return `${paint(mark)}${text}`;
}

const LOOKS = {
  running: { mark: glyphs.busy, paint: theme.yellow },
  done: { mark: glyphs.done, paint: theme.green },
  cached: { mark: glyphs.done, paint: theme.cyan },
  failed: { mark: glyphs.failed, paint: theme.red },
  canceled: { mark: glyphs.failed, paint: theme.yellow },
} as const;

function outputLines({ failed, warnings }: Build, shown: BuildStep | undefined, width: number): string[] {
  const output = (shown?.lines ?? []).flatMap((line) => wrapStyled(cleanLine(line), width));
  if (output.at(-1)?.trim() === '') output.pop();
  const notes = warnings.map((text) => theme.yellow(cleanLine(text)));
  if (failed === undefined) {
    const isQuiet = output.length === 0 && notes.length === 0;
    return isQuiet
      ? [theme.dim(shown?.state === 'cached' ? 'from the cache' : 'no output')]
      : [...notes, ...output];
  }
  const { message, failure } = failed;
  const excerpt = (failure?.excerpt ?? []).map(({ line, text, isMarked }) => {
    const whole = `${String(line).padStart(4)} ${isMarked ? '>>>' : '   '} ${cleanLine(text)}`;
    return isMarked ? theme.red(whole) : theme.dim(whole);
  });
  const place =
    failure === undefined ? [] : ['', theme.bold(`${cleanLine(failure.file)}:${failure.startLine}`)];
  return [...notes, ...output, ...place, ...excerpt, '', ...wrapStyled(theme.red(cleanLine(message)), width)];
}
