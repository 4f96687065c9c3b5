/** Runs a command line of the shell inside the screen: output to a job, questions to dialogs, terminals to tabs. */
import { Readable } from 'node:stream';
import { type Engine, EngineError, messageOf } from '../../../engine/index.ts';
import type { CliIo, Output } from '../../cli/io.ts';
import type { Store } from '../state/store.ts';
import type { Dialogs } from './dialogs.ts';
import type { JobHandle, Jobs } from './jobs.ts';
import type { Notices } from './notices.ts';
import type { Sessions } from './sessions.ts';

export interface CommandServices {
  engine: Engine;
  store: Store;
  jobs: Jobs;
  notices: Notices;
  dialogs: Dialogs;
  sessions: Sessions;
}

/** Runs `line` ('pull alpine', with or without the program's name) as a job; its output opens unless it is a terminal's. */
export async function runCommandLine(line: string, services: CommandServices): Promise<void> {
  const words = splitWords(line.replace(/^\s*(docker|boxtop)\s+/, ''));
  if (words.length === 0) return;
  const { runVerb } = await import('../../cli/run-verb.ts');
  const job = services.jobs.start(words.join(' '));
  let hasTerminal = false;
  const io = commandIo(job, services, () => (hasTerminal = true));
  services.store.update(() => ({ dialog: { kind: 'job', jobId: job.id, top: undefined } }));
  try {
    const status = await runVerb(words, () => services.engine, io);
    if (status !== 0 && !hasTerminal) job.output(`exit status ${status}\n`);
    job.end(status === 0 ? 'done' : job.signal.aborted ? 'canceled' : 'failed');
    if (status === 0 && hasNothingToShow(services.store, job.id))
      services.notices.info(`${words.join(' ')}: done`);
  } catch (error) {
    job.output(`${messageOf(error)}\n`);
    job.end(job.signal.aborted ? 'canceled' : 'failed');
    services.notices.error(words[0]!, error);
  }
}

/** Closes the output of a command that printed nothing. */
function hasNothingToShow(store: Store, jobId: number): boolean {
  const { dialog, jobs } = store.get();
  const isSilent = jobs.find(({ id }) => id === jobId)?.lines.length === 0;
  if (isSilent && dialog?.kind === 'job' && dialog.jobId === jobId)
    store.update(() => ({ dialog: undefined }));
  return isSilent;
}

function commandIo(
  job: JobHandle,
  { store, dialogs, sessions }: CommandServices,
  onTerminal: () => void,
): CliIo {
  const output: Output = {
    write: async (data) => job.output(typeof data === 'string' ? data : Buffer.from(data).toString('utf8')),
    isTty: false,
    columns: () => Math.max(40, store.get().size.columns - 8),
  };
  return {
    stdin: Readable.from([]),
    stdout: output,
    stderr: output,
    signal: job.signal,
    onProgress: (progress) => job.progress(progress),
    confirm: (question) => dialogs.confirm(question, []),
    async ask(question, options) {
      const answer = await dialogs.ask(question, '', options?.isSecret === true);
      if (answer === undefined) throw new EngineError('CANCELED', 'canceled');
      return answer;
    },
    openTerminal: (program, title) => {
      onTerminal();
      store.update(() => ({ dialog: undefined }));
      return sessions.open({ program, title, containerId: '' });
    },
  };
}

/** Splits a command line as a shell does: blanks, single and double quotes, backslashes. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [whole] of line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)+/g)) {
    words.push(
      whole.replace(
        /\\(.)|"((?:[^"\\]|\\.)*)"?|'([^']*)'?/g,
        (_, escaped?: string, double?: string, single?: string) => {
          if (escaped !== undefined) return escaped;
          return double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? '';
        },
      ),
    );
  }
  return words;
}
