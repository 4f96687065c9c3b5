/** Runs a command line of the shell inside the screen: output to a job, questions to dialogs, terminals to tabs. */
import { Readable } from 'node:stream';
import { type Engine, EngineError, messageOf, type Progress } from '../../../engine/index.ts';
import type { CliIo, Output } from '../../cli/io.ts';
import { createBuildBook } from '../state/build-book.ts';
import type { Store } from '../state/store.ts';
import type { Job } from '../state/types.ts';
import { splitWords } from './command-words.ts';
import type { Dialogs } from './dialogs.ts';
import type { JobHandle, Jobs } from './jobs.ts';
import type { Notices } from './notices.ts';
import type { Sessions, TerminalEnd } from './sessions.ts';

export interface CommandServices {
  engine: Engine;
  store: Store;
  jobs: Jobs;
  notices: Notices;
  dialogs: Dialogs;
  sessions: Sessions;
}

/** Verbs that may open a terminal, with the switch that says so. */
const TERMINAL_LINE =
  /^(container )?((run|exec) .*(-[a-z]*t|--tty)|(start) .*(-[a-z]*[ai]|--attach)|attach )/;
/** Errors and warnings of so many lines are toasts. */
const MAX_TOAST_LINES = 3;
/** A terminal that takes longer to open gives the keys back. */
const EXPECT_MS = 5000;

/**
 * Runs `line` ('pull alpine', with or without the program's name) as a job. What it prints opens when it is more than a line or a bar;
 * one line is a toast, and so is none.
 */
export async function runCommandLine(line: string, services: CommandServices): Promise<void> {
  const words = splitWords(line.replace(/^\s*(docker|boxtop)\s+/, ''));
  if (words.length === 0) return;
  const title = words.join(' ');
  const job = services.jobs.start(title);
  const isTerminal = TERMINAL_LINE.test(`${title} `);
  const stopExpecting = isTerminal ? services.sessions.expect() : () => undefined;
  const timer = setTimeout(stopExpecting, EXPECT_MS);
  const run = commandRun(job, services, stopExpecting);
  try {
    const { runVerb } = await import('../../cli/run-verb.ts');
    const status = await runVerb(words, () => services.engine, run.io);
    if (!run.hasTerminal()) job.end(status === 0 ? 'done' : job.signal.aborted ? 'canceled' : 'failed');
    if (!run.hasTerminal()) tellEnd(services, { id: job.id, title, status });
    else if (status !== 0) services.notices.info(`${title}: ended with status ${status}`);
  } catch (error) {
    job.output(`${messageOf(error)}\n`);
    job.end(job.signal.aborted ? 'canceled' : 'failed');
    services.notices.error(words[0]!, error);
  } finally {
    clearTimeout(timer);
    stopExpecting();
  }
}

/** What the shell would print on stderr, as an error with its hint. */
function failureOf(lines: readonly string[], status: number): EngineError {
  const hint = lines.find((line) => line.startsWith('Hint: '))?.slice('Hint: '.length);
  const text = lines.filter((line) => !line.startsWith('Hint: ')).join(' ');
  const [, said, verb] =
    /^(?:boxtop: )?(?:Error response from daemon: )?(.*?)(?: ?See 'boxtop (.*) --help'\.)?$/.exec(text)!;
  const advice = hint ?? (verb === undefined ? undefined : `:${verb} --help tells more`);
  return new EngineError(
    'INTERNAL',
    said || `exit status ${status}`,
    advice === undefined ? {} : { hint: advice },
  );
}

/** A dialog is open already when there was much to show; what is short is a toast. */
function tellEnd(
  { store, notices }: CommandServices,
  { id, title, status }: { id: number; title: string; status: number },
): void {
  const { dialog, jobs } = store.get();
  const job = jobs.find((one) => one.id === id);
  if (job === undefined || (dialog?.kind === 'job' && dialog.jobId === id)) return;
  if (dialog?.kind === 'build' && dialog.jobId === id) return;
  const lines = job.lines.filter((line) => line.trim() !== '');
  if (job.state === 'canceled') notices.info(`${title}: canceled`);
  else if (status !== 0) notices.error(title, failureOf(lines, status));
  else notices.info(toastOf(title, lines[0]));
}

function commandRun(
  job: JobHandle,
  services: CommandServices,
  stopExpecting: () => void,
): { io: CliIo; hasTerminal(): boolean } {
  const { store, dialogs, sessions, jobs } = services;
  let hasTerminal = false;
  const show = (kind: 'job' | 'build') => {
    stopExpecting();
    // Whoever closed it, or does something else, is not interrupted.
    if (jobs.markShown(job.id) && store.get().dialog === undefined && store.get().editing === undefined)
      store.update(() => ({ dialog: dialogOf(kind, job.id) }));
  };
  /** Opens the job when it has printed more than `quietLines`. */
  const outputOf = (quietLines: number): Output => ({
    write: async (data) => {
      job.output(typeof data === 'string' ? data : Buffer.from(data).toString('utf8'));
      if (!hasTerminal && (jobOf(store, job.id)?.lines.length ?? 0) > quietLines) show('job');
    },
    isTty: false,
    columns: () => Math.max(40, store.get().size.columns - 8),
  });
  /** A terminal closes with its program: what nobody had to type for is shown, the rest can be opened from the jobs. */
  const tellTerminalEnd = ({ exitCode, lines, isTyped }: TerminalEnd) => {
    const words = jobOf(store, job.id)?.title.split(' ') ?? [];
    if (lines.length === 0) return;
    job.output([...lines, ...(exitCode === 0 ? [] : [`ended with status ${exitCode}`]), ''].join('\n'));
    if (!isTyped && (exitCode === 0 || words.includes('--rm'))) show('job');
  };
  const book = createBuildBook((build) => jobs.setBuild(job.id, build));
  return {
    hasTerminal: () => hasTerminal,
    io: {
      stdin: Readable.from([]),
      stdout: outputOf(1),
      stderr: outputOf(MAX_TOAST_LINES),
      signal: job.signal,
      onProgress(progress) {
        // Words alone tell less than what the command prints in the end.
        if (!isBar(progress) && jobOf(store, job.id)?.isShown !== true) return;
        job.progress(progress);
        show('job');
      },
      build: {
        onEvent(event) {
          book.onEvent(event);
          show('build');
        },
        onFailed: book.onFailed,
      },
      confirm: (question) => dialogs.confirm(question, []),
      async ask(question, options) {
        stopExpecting();
        const answer = await dialogs.ask(question, '', options?.isSecret === true);
        if (answer === undefined) throw new EngineError('CANCELED', 'canceled');
        return answer;
      },
      openTerminal(program, terminal) {
        hasTerminal = true;
        store.update(({ dialog }) =>
          dialog?.kind === 'job' && dialog.jobId === job.id ? { dialog: undefined } : {},
        );
        // The terminal is a tab from here on; the command's work is done.
        job.end('done');
        const exit = sessions.open(program, terminal, tellTerminalEnd);
        stopExpecting();
        return exit;
      },
    },
  };
}

/** An id or a name alone is shown with the verb that gave it, an id as short as lists show it. */
function toastOf(title: string, line: string | undefined): string {
  const id = /^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/.exec(line ?? '')?.[1];
  const verb = title.split(' ')[0]!;
  if (id !== undefined) return `${verb}: ${id}`;
  if (line === undefined) return `${title}: done`;
  return line.includes(' ') ? line : `${verb}: ${line}`;
}

const isBar = ({ id }: Progress): boolean => id !== undefined && id !== '';

const jobOf = (store: Store, id: number): Job | undefined => store.get().jobs.find((job) => job.id === id);

const dialogOf = (kind: 'job' | 'build', jobId: number) =>
  kind === 'job'
    ? ({ kind, jobId, top: undefined } as const)
    : ({ kind, jobId, step: undefined, top: undefined } as const);
