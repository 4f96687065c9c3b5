/** Runs a command line of the shell inside the screen: output to a job, questions to dialogs, terminals to tabs. */
import { EngineError, messageOf } from '../../../engine/index.ts';
import { commandRun } from './command-run.ts';
import type { CommandServices } from './command-services.ts';
import { splitWords } from './command-words.ts';
import { openOwnView } from './own-views.ts';

/** Verbs that may open a terminal, with the switch that says so. */
const TERMINAL_LINE =
  /^(container )?((run|exec) .*(-[a-z]*t|--tty)|(start) .*(-[a-z]*[ai]|--attach)|attach )/;
/** Verbs that go on until they are told to end. */
const STREAM_LINE = /^((container )?logs .*(-[a-z]*f|--follow)|(system )?events\b)/;
/** A terminal that takes longer to open gives the keys back. */
const EXPECT_MS = 10_000;

/**
 * Runs `line` ('pull alpine', with or without the program's name) as a job. What it prints opens when it is more than a line or a bar;
 * one line is a toast, and so is none.
 */
export async function runCommandLine(line: string, services: CommandServices): Promise<void> {
  const words = splitWords(line.replace(/^\s*(docker|boxtop)\s+/, ''));
  if (words.length === 0) return;
  const title = words.join(' ');
  // nothing is waited for before a terminal is announced: what is typed behind its command is for it
  const isTerminal = TERMINAL_LINE.test(`${title} `);
  if (!isTerminal && (await openOwnView(words, services))) return;
  const job = services.jobs.start(title, { isStream: STREAM_LINE.test(title) });
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
  const told = lines.filter((line) => !line.startsWith('Hint: '));
  // what was printed before the error ('Using default tag: latest') stands in the job's output
  const from = told.findIndex((line) => /^(boxtop: )?Error( response from daemon)?: /.test(line));
  const text = told.slice(Math.max(0, from)).join(' ');
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
  if (job.state === 'canceled' && job.isStream === true) return;
  if (job.state === 'canceled') notices.info(`${title}: canceled`);
  else if (status !== 0) notices.error(title, failureOf(lines, status));
  else notices.info(toastOf(title, lines[0]));
}

/** An id or a name alone is shown with the verb that gave it, an id as short as lists show it. */
function toastOf(title: string, line: string | undefined): string {
  const id = /^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/.exec(line ?? '')?.[1];
  const verb = title.split(' ')[0]!;
  if (id !== undefined) return `${verb}: ${id}`;
  if (line === undefined) return `${title}: done`;
  return line.includes(' ') ? line : `${verb}: ${line}`;
}
