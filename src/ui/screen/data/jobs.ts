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
  start(title: string): JobHandle;
  /** Notes that the job's output is opened by itself; false when it was before. */
  markShown(id: number): boolean;
  setBuild(id: number, build: Build): void;
  cancel(id: number): void;
  /** Runs an engine job with bars and notices; resolves with its result, or undefined when it failed. */
  run<T>(title: string, job: (signal: AbortSignal) => EngineJob<T>): Promise<T | undefined>;
  cancelAll(): void;
}

export function createJobs(store: Store, notices: Notices): Jobs {
  const aborts = new Map<number, AbortController>();
  let lastId = 0;

  const change = (id: number, parts: (job: Job) => Partial<Job>) =>
    store.update(({ jobs }) => ({
      jobs: jobs.map((job) => (job.id === id ? { ...job, ...parts(job) } : job)),
    }));

  const api: Jobs = {
    start(title) {
      lastId += 1;
      const id = lastId;
      const abort = new AbortController();
      aborts.set(id, abort);
      const job: Job = {
        id,
        title,
        state: 'running',
        startedAt: Date.now(),
        layers: new Map(),
        lines: [],
        isShown: false,
      };
      store.update(({ jobs }) => ({
        jobs: [
          ...jobs.filter((old, index) => old.state === 'running' || index > jobs.length - MAX_FINISHED),
          job,
        ],
      }));
      let open = '';
      let isOpenShown = false;
      return {
        id,
        signal: abort.signal,
        progress: (progress) => change(id, (old) => withProgress(old, progress)),
        output(text) {
          const parts = (open + text.replace(/\r+\n/g, '\n')).split('\n');
          open = parts.pop()!;
          const added = open === '' ? parts : [...parts, open];
          const wasOpenShown = isOpenShown;
          isOpenShown = open !== '';
          // A last line without its end is shown too, and replaced when more of it comes.
          change(id, ({ lines }) => ({
            lines: [...(wasOpenShown ? lines.slice(0, -1) : lines), ...added].slice(-MAX_OUTPUT_LINES),
          }));
        },
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
    cancel(id) {
      aborts.get(id)?.abort();
    },
    async run(title, start) {
      const handle = api.start(title);
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
    },
    cancelAll() {
      for (const abort of aborts.values()) abort.abort();
    },
  };
  return api;
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
