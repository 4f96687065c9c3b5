/** Keys while a dialog is open. */
import type { Input } from '../input/parse-keys.ts';
import type { Dialog, MenuDialog, ScreenState } from '../state/types.ts';
import { dialogBox } from '../widgets/dialog-box.ts';
import { onBoard } from './board-keys.ts';
import { onBuild, onJobs } from './job-keys.ts';
import { editLine } from './line-edit.ts';
import { menuOf } from './places.ts';
import type { Services } from './services.ts';
import { keyTable } from './table.ts';

export function onDialogInput(services: Services, dialog: Dialog, input: Input) {
  if (dialog.kind === 'prompt') return onPrompt(services, dialog, input);
  if (input.kind !== 'key') return;
  if (dialog.kind === 'menu') return onMenu(services, dialog, input.key);
  if (dialog.kind === 'confirm') return onConfirm(services, dialog, input.key);
  if (dialog.kind === 'jobs') return onJobs(services, dialog, input.key);
  if (dialog.kind === 'stats') return onBoard(services, dialog, input.key);
  if (dialog.kind === 'build') return onBuild(services, dialog, input.key);
  onText(services, dialog, input.key);
}

function onPrompt({ store, dialogs }: Services, dialog: Dialog & { kind: 'prompt' }, input: Input) {
  if (input.kind === 'key' && (input.key === 'esc' || input.key === 'ctrl+c')) {
    dialogs.close();
    return dialog.answer(undefined);
  }
  if (input.kind === 'key' && input.key === 'enter') {
    dialogs.close();
    return dialog.answer(dialog.edit.text);
  }
  const edit = editLine(dialog.edit, input);
  if (edit !== undefined) store.update(() => ({ dialog: { ...dialog, edit } }));
}

function onConfirm({ dialogs }: Services, dialog: Dialog & { kind: 'confirm' }, key: string) {
  const choice = dialog.choices.find((one) => one.key === key.toLowerCase());
  // Enter is not yes: it is the key one presses without reading.
  if (choice === undefined && !['n', 'N', 'esc', 'q', 'ctrl+c'].includes(key)) return;
  dialogs.close();
  dialog.answer(choice?.key);
}

function onMenu(services: Services, dialog: MenuDialog, key: string) {
  const { store, dialogs } = services;
  const { items, cursor } = menuOf(store.get(), dialog);
  if (items.length === 0) return dialogs.close();
  const move = (to: number) => {
    const at = Math.max(0, Math.min(items.length - 1, to));
    store.update(() => ({ dialog: { ...dialog, cursor: at, itemId: items[at]!.id } }));
  };
  if (key === 'j' || key === 'down') return move(cursor + 1);
  if (key === 'k' || key === 'up') return move(cursor - 1);
  if (key === 'g' || key === 'home') return move(0);
  if (key === 'G' || key === 'end') return move(items.length - 1);
  if (key === 'esc' || key === 'q' || key === 'ctrl+c') return dialogs.close();
  const item = key === 'enter' ? items[cursor] : items.find((one) => one.keys === key);
  if (item === undefined) return;
  dialogs.close();
  const binding = keyTable.find(({ id }) => id === item.id);
  void Promise.resolve(binding?.run(services)).catch((error: unknown) =>
    services.notices.error(item.label, error),
  );
}

const STEPS: Readonly<Record<string, number>> = {
  j: 1,
  down: 1,
  k: -1,
  up: -1,
  pagedown: 10,
  space: 10,
  pageup: -10,
  b: -10,
  'ctrl+d': 10,
  'ctrl+u': -10,
  g: -1e9,
  home: -1e9,
  G: 1e9,
  end: 1e9,
};

/** Help, messages, outputs of jobs: texts that scroll. */
function onText(services: Services, dialog: Dialog & { kind: 'help' | 'message' | 'job' }, key: string) {
  if (dialog.kind === 'job' && (key === 'x' || key === 'ctrl+c') && isRunning(services, dialog.jobId))
    return services.jobs.cancel(dialog.jobId);
  if (['esc', 'q', 'enter', 'ctrl+c'].includes(key) || (key === '?' && dialog.kind === 'help'))
    return closeText(services, dialog);
  if (dialog.kind === 'job' && (key === '[' || key === ']'))
    return services.store.update((state) => otherJob(state, dialog.jobId, key === ']' ? 1 : -1));
  const step = STEPS[key];
  if (step !== undefined) services.store.update((state) => scrollText(state, dialog, step));
}

const isRunning = ({ store }: Services, jobId: number): boolean =>
  store.get().jobs.some(({ id, state }) => id === jobId && state === 'running');

/** A stream that nobody looks at any more ends; other jobs go on. */
function closeText(
  { store, jobs, dialogs }: Services,
  dialog: Dialog & { kind: 'help' | 'message' | 'job' },
) {
  dialogs.close();
  if (dialog.kind !== 'job') return;
  const job = store.get().jobs.find(({ id }) => id === dialog.jobId);
  if (job?.isStream === true) jobs.cancel(job.id);
}

/** Stays within the text; at the end of a job's output the end is followed again. */
function scrollText(
  state: ScreenState,
  dialog: Dialog & { kind: 'help' | 'message' | 'job' },
  step: number,
): Partial<ScreenState> {
  const { top, last } = dialogBox(state, dialog);
  const next = Math.max(0, Math.min(last, top + step));
  if (dialog.kind !== 'job') return { dialog: { ...dialog, top: next } };
  return { dialog: { ...dialog, top: next >= last ? undefined : next } };
}

function otherJob({ jobs }: ScreenState, id: number, step: 1 | -1): Partial<ScreenState> {
  const at = jobs.findIndex((job) => job.id === id);
  const next = jobs[(at + step + jobs.length) % jobs.length];
  return next === undefined ? {} : { dialog: { kind: 'job', jobId: next.id, top: undefined } };
}
