/** Long work in the background: a bar per layer, output lines, cancel. */
import { type Job as EngineJob, messageOf, type Progress } from '../../../engine/index.ts';
import type { Build } from '../state/build-book.ts';
import type { Store } from '../state/store.ts';
import type { Job, JobLayer } from '../state/types.ts';
import type { Notices } from './notices.ts';

const MAX_OUTPUT_LINES = 2000;
const MAX_FINISHED = 20;

export interface JobHandle {
  readonly id: number;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** Text of the command, any number of lines, perhaps ending within one. */
  output(text: string): void;
  end(state: Job['state']): void;
}

export interface Jobs {
  /** `isStream`: it ends when it is told to. */
  start(title: string, options?: { isStream?: boolean }): JobHandle;
  /** Notes that the job's output is opened by itself; false when it was before. */
  markShown(id: number): boolean;
  setBuild(id: number, build: Build): void;
  cancel(id: number): void;
  /** Runs an engine job with bars and notices; resolves with its result, or undefined when it failed. */
  run<T>(title: string, job: (signal: AbortSignal) => EngineJob<T>): Promise<T | undefined>;
  cancelAll(): void;
}

type Change = (id: number, parts: (job: Job) => Partial<Job>) => void;

export function createJobs(store: Store, notices: Notices): Jobs {
  const aborts = new Map<number, AbortController>();
  let lastId = 0;

  const change: Change = (id, parts) =>
    store.update(({ jobs }) => ({
      jobs: jobs.map((job) => (job.id === id ? { ...job, ...parts(job) } : job)),
    }));

  const api: Jobs = {
    start(title, { isStream = false } = {}) {
      lastId += 1;
      const id = lastId;
      const abort = new AbortController();
      aborts.set(id, abort);
      store.update(({ jobs }) => ({ jobs: withJob(jobs, newJob(id, title, isStream)) }));
      return {
        id,
        signal: abort.signal,
        progress: (progress) => change(id, (old) => withProgress(old, progress)),
        output: lineGatherer(id, change),
        end(state) {
          if (!aborts.delete(id)) return;
          change(id, () => ({ state, endedAt: Date.now() }));
        },
      };
    },
    markShown(id) {
      if (store.get().jobs.find((job) => job.id === id)?.isShown !== false) return false;
      change(id, () => ({ isShown: true }));
      return true;
    },
    setBuild: (id, build) => change(id, () => ({ build })),
    cancel: (id) => aborts.get(id)?.abort(),
    run: (title, start) => runJob(api.start(title), { title, start, notices }),
    cancelAll() {
      for (const abort of aborts.values()) abort.abort();
    },
  };
  return api;
}

const newJob = (id: number, title: string, isStream: boolean): Job => ({
  id,
  title,
  state: 'running',
  startedAt: Date.now(),
  layers: new Map(),
  lines: [],
  isShown: false,
  isStream,
});

/** The newest of those that have ended are kept. */
const withJob = (jobs: readonly Job[], job: Job): readonly Job[] => [
  ...jobs.filter((old, index) => old.state === 'running' || index > jobs.length - MAX_FINISHED),
  job,
];

/** Takes text as it comes; a last line without its end is shown too, and replaced when more of it comes. */
function lineGatherer(id: number, change: Change): (text: string) => void {
  let open = '';
  let isOpenShown = false;
  return (text) => {
    const parts = (open + text.replace(/\r+\n/g, '\n')).split('\n');
    open = parts.pop()!;
    const added = open === '' ? parts : [...parts, open];
    const wasOpenShown = isOpenShown;
    isOpenShown = open !== '';
    change(id, ({ lines }) => ({
      lines: [...(wasOpenShown ? lines.slice(0, -1) : lines), ...added].slice(-MAX_OUTPUT_LINES),
    }));
  };
}

interface RunOptions<T> {
  title: string;
  start: (signal: AbortSignal) => EngineJob<T>;
  notices: Notices;
}

async function runJob<T>(
  handle: JobHandle,
  { title, start, notices }: RunOptions<T>,
): Promise<T | undefined> {
  try {
    const job = start(handle.signal);
    for (;;) {
      const step = await job.next();
      if (!step.done) {
        handle.progress(step.value);
        continue;
      }
      handle.end('done');
      notices.info(`${title}: done`);
      return step.value;
    }
  } catch (error) {
    handle.output(`${messageOf(error)}\n`);
    handle.end(handle.signal.aborted ? 'canceled' : 'failed');
    notices.error(title, error);
    return undefined;
  }
}

function withProgress(job: Job, { id, status, current, total }: Progress): Partial<Job> {
  if (id === undefined || id === '') return { lines: [...job.lines, status].slice(-MAX_OUTPUT_LINES) };
  const layers = new Map<string, JobLayer>(job.layers);
  layers.set(id, {
    status,
    current,
    total: total ?? (layers.get(id)?.status === status ? layers.get(id)?.total : undefined),
  });
  return { layers };
}

/** Bytes of all layers that say how large they are. */
export function totalsOf(job: Job): { current: number; total: number } {
  let current = 0;
  let total = 0;
  for (const layer of job.layers.values()) {
    if (layer.total === undefined || layer.current === undefined) continue;
    current += Math.min(layer.current, layer.total);
    total += layer.total;
  }
  return { current, total };
}
