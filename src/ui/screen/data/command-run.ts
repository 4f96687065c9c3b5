/** A command of the shell's as it sees the world on the screen: output to a job, questions to dialogs, terminals to tabs. */
import { Readable } from 'node:stream';
import { EngineError, type Progress } from '../../../engine/index.ts';
import type { CliIo, Output } from '../../cli/io.ts';
import { isTyping } from '../state/attention.ts';
import { createBuildBook } from '../state/build-book.ts';
import type { Store } from '../state/store.ts';
import type { Dialog, Job } from '../state/types.ts';
import type { CommandServices } from './command-services.ts';
import type { JobHandle } from './jobs.ts';
import type { TerminalEnd } from './sessions.ts';

/** Errors and warnings of so many lines are toasts. */
const MAX_TOAST_LINES = 3;
/** What is read from its beginning; of all others the end is shown, as it comes. */
const TEXT_LINE =
  /^((container|image|network|volume|system) )?(inspect|info|version|history|images|ps|ls|list|diff|port|top|df)\b|^(builder|container|image|network|volume|system)$|^help\b| (--help|-h)$/;

export interface CommandRun {
  io: CliIo;
  hasTerminal(): boolean;
}

interface Run {
  job: JobHandle;
  services: CommandServices;
  /** The keys are not kept for a terminal any more. */
  stopExpecting: () => void;
  hasTerminal: boolean;
}

export function commandRun(job: JobHandle, services: CommandServices, stopExpecting: () => void): CommandRun {
  const run: Run = { job, services, stopExpecting, hasTerminal: false };
  return {
    hasTerminal: () => run.hasTerminal,
    io: {
      stdin: Readable.from([]),
      stdout: outputOf(run, 1),
      stderr: outputOf(run, MAX_TOAST_LINES),
      signal: job.signal,
      onProgress: (progress) => onProgress(run, progress),
      build: buildOf(run),
      async confirm(question, about) {
        const isSure = await confirm(services, question, about);
        if (!isSure) services.jobs.cancel(job.id); // told as such, not as done
        return isSure;
      },
      async ask(question, options) {
        stopExpecting();
        const answer = await services.dialogs.ask(question, '', options?.isSecret === true);
        if (answer !== undefined) return answer;
        services.jobs.cancel(job.id);
        throw new EngineError('CANCELED', 'canceled');
      },
      openTerminal: (program, terminal) => openTerminal(run, program, terminal),
    },
  };
}

/** What the question is about stands below it. */
async function confirm(
  { dialogs, notices }: CommandServices,
  question: string,
  about: Parameters<CliIo['confirm']>[1],
): Promise<boolean> {
  if (about === undefined) {
    const [title = '', ...lines] = question.trimEnd().split('\n').toReversed();
    return dialogs.confirmLate(title.replace(/ \[y\/N\]$/, ''), lines.toReversed());
  }
  let asked = await about();
  if (asked === undefined) notices.info('nothing would go');
  while (asked !== undefined) {
    const { title, lines, items } = asked;
    if (!(await dialogs.confirmLate(title, lines))) return false;
    const now = await about();
    if (now === undefined || now.items.every((item) => items.includes(item))) return true;
    notices.info('meanwhile more would go');
    asked = now;
  }
  return false;
}

/** Opens the job's output, once: whoever closed it, or does something else (types into a terminal), is not interrupted. */
function show({ job, services, stopExpecting }: Run, kind: 'job' | 'build'): void {
  const { jobs, store, sessions } = services;
  stopExpecting();
  const isFree = store.get().dialog === undefined && !isTyping(store.get()) && !sessions.isOpening();
  if (jobs.markShown(job.id) && isFree)
    store.update(({ jobs: all }) => ({ dialog: dialogOf(kind, job.id, titleOf(all, job.id)) }));
}

/** Opens the job when it has printed more than `quietLines`. */
const outputOf = (run: Run, quietLines: number): Output => ({
  write: async (data) => {
    const { job, services } = run;
    job.output(typeof data === 'string' ? data : Buffer.from(data).toString('utf8'));
    if (!run.hasTerminal && (jobOf(services.store, job.id)?.lines.length ?? 0) > quietLines) show(run, 'job');
  },
  isTty: false,
  columns: () => Math.max(40, run.services.store.get().size.columns - 8),
});

function onProgress(run: Run, progress: Progress): void {
  const { job, services } = run;
  // Words alone tell less than what the command prints in the end.
  if (!isBar(progress) && jobOf(services.store, job.id)?.isShown !== true) return;
  job.progress(progress);
  show(run, 'job');
}

function buildOf(run: Run): NonNullable<CliIo['build']> {
  const book = createBuildBook((build) => run.services.jobs.setBuild(run.job.id, build));
  return {
    onEvent(event) {
      book.onEvent(event);
      show(run, 'build');
    },
    onFailed: book.onFailed,
  };
}

const openTerminal = (
  run: Run,
  ...[program, terminal]: Parameters<NonNullable<CliIo['openTerminal']>>
): Promise<number> => {
  const { job, services, stopExpecting } = run;
  run.hasTerminal = true;
  services.store.update(({ dialog }) =>
    dialog?.kind === 'job' && dialog.jobId === job.id ? { dialog: undefined } : {},
  );
  // The terminal is a tab from here on; the command's work is done.
  job.end('done');
  const exit = services.sessions.open(program, terminal, (end) => tellTerminalEnd(run, end));
  stopExpecting();
  return exit;
};

/** A terminal closes with its program: what nobody had to type for is shown, the rest can be opened from the jobs. */
function tellTerminalEnd(run: Run, { exitCode, lines, isTyped }: TerminalEnd): void {
  const { job, services } = run;
  const words = jobOf(services.store, job.id)?.title.split(' ') ?? [];
  if (lines.length === 0) return;
  job.output([...lines, ...(exitCode === 0 ? [] : [`ended with status ${exitCode}`]), ''].join('\n'));
  if (!isTyped && (exitCode === 0 || words.includes('--rm'))) show(run, 'job');
}

const isBar = ({ id }: Progress): boolean => id !== undefined && id !== '';

const jobOf = (store: Store, id: number): Job | undefined => store.get().jobs.find((job) => job.id === id);

const titleOf = (jobs: readonly Job[], id: number): string => jobs.find((job) => job.id === id)?.title ?? '';

const dialogOf = (kind: 'job' | 'build', jobId: number, title: string): Dialog =>
  kind === 'job'
    ? { kind, jobId, top: TEXT_LINE.test(title) ? 0 : undefined }
    : { kind, jobId, step: undefined, top: undefined };
