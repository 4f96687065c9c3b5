/** Keys in the list of jobs and in the view of a build. */
import { runCommandLine } from '../data/command-io.ts';
import { shownStep } from '../state/build-book.ts';
import { jobsCursor } from '../state/jobs.ts';
import type { Dialog } from '../state/types.ts';
import type { Services } from './services.ts';

const isClosing = (key: string): boolean => key === 'esc' || key === 'q' || key === 'ctrl+c';

const MOVES: Readonly<Record<string, number>> = {
  j: 1,
  down: 1,
  k: -1,
  up: -1,
  g: -1e9,
  home: -1e9,
  G: 1e9,
  end: 1e9,
};

export function onJobs({ store, dialogs, jobs }: Services, dialog: Dialog & { kind: 'jobs' }, key: string) {
  if (isClosing(key) || key === 'J') return dialogs.close();
  const all = store.get().jobs.toReversed();
  const at = jobsCursor(all, dialog);
  const job = all[at];
  const step = MOVES[key];
  if (step !== undefined) {
    const cursor = Math.max(0, Math.min(all.length - 1, at + step));
    return dialogs.show({ ...dialog, cursor, jobId: all[cursor]?.id });
  }
  if (job === undefined) return;
  if (key === 'x') return jobs.cancel(job.id);
  if (key !== 'enter') return;
  if (job.build === undefined) dialogs.show({ kind: 'job', jobId: job.id, top: undefined });
  else dialogs.show({ kind: 'build', jobId: job.id, step: undefined, top: undefined });
}

const SCROLLS: Readonly<Record<string, number>> = {
  pagedown: 10,
  space: 10,
  'ctrl+d': 5,
  pageup: -10,
  b: -10,
  'ctrl+u': -5,
};
/** A first scroll back goes on from the end, wherever that is. */
const FROM_END = 1e6;

export function onBuild(services: Services, dialog: Dialog & { kind: 'build' }, key: string) {
  const { store, dialogs, jobs } = services;
  const build = store.get().jobs.find(({ id }) => id === dialog.jobId)?.build;
  if (isClosing(key) || key === 'enter' || build === undefined) return dialogs.close();
  if (key === 'x') return jobs.cancel(dialog.jobId);
  if (key === 'e') return openLastGood(services, build.failed?.failure?.lastGood?.imageId);
  const step = MOVES[key];
  if (step !== undefined) {
    const shown = shownStep(build, dialog.step);
    const at = shown === undefined ? 0 : build.steps.indexOf(shown);
    const next = build.steps[Math.max(0, Math.min(build.steps.length - 1, at + step))];
    return dialogs.show({ ...dialog, step: next?.id, top: undefined });
  }
  const rows = SCROLLS[key];
  if (rows === undefined) return;
  const last = Math.max(0, (shownStep(build, dialog.step)?.lines.length ?? 0) - 3);
  const from = dialog.top ?? (rows < 0 ? last : FROM_END);
  const top = Math.max(0, from + rows);
  dialogs.show({ ...dialog, top: top > last ? undefined : top });
}

/** A shell in what the build had made before the instruction that failed. */
function openLastGood(services: Services, imageId: string | undefined) {
  if (imageId === undefined) return services.notices.info('there is no layer to open a shell in');
  services.dialogs.close();
  runCommandLine(`run --rm -it --entrypoint sh ${imageId}`, services).catch((error: unknown) =>
    services.notices.error('open a shell', error),
  );
}
