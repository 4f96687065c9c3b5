/** Lets times go on while nothing else happens: ages in the lists, seconds of running jobs. Nothing is drawn when no shown text changes. */
import type { ContainerSummary } from '../../../engine/index.ts';
import type { Store } from '../state/store.ts';
import type { ScreenState } from '../state/types.ts';
import { age } from '../widgets/ages.ts';
import type { ListFeed } from './list-feed.ts';

const TICK_MS = 1000;
/** Running jobs show tenths of seconds only in a build's view. */
const JOB_TICK_MS = 250;
/** A status in minutes is read again this often, seconds; one of ten minutes or more, and one in hours or longer, less often. */
const MINUTES_EVERY = 10;
const TEN_MINUTES_EVERY = 30;
const HOURS_EVERY = 60;

/** How many seconds may go by before the status of one of the containers is read again. */
export function statusInterval(containers: readonly ContainerSummary[]): number {
  let every = HOURS_EVERY;
  for (const { Status } of containers) {
    if (/second/.test(Status)) return 1;
    if (/minute/.test(Status))
      every = Math.min(every, /\d\d minutes/.test(Status) ? TEN_MINUTES_EVERY : MINUTES_EVERY);
  }
  return every;
}

/** The ages that the lists show at a time. */
function shownAges({ lists }: ScreenState, nowSeconds: number): string {
  const images = lists.images.map(({ Created }) => age(nowSeconds - Created));
  const volumes = lists.volumes.map(({ CreatedAt }) => age(nowSeconds - Date.parse(CreatedAt) / 1000));
  return `${images.join()} ${volumes.join()}`;
}

/** Runs until the signal aborts. */
export function followAges(store: Store, lists: ListFeed, signal: AbortSignal): void {
  let sinceStatus = 0;
  const tick = () => {
    const state = store.get();
    const nowSeconds = Math.floor(Date.now() / 1000);
    if (shownAges(state, nowSeconds) !== shownAges(state, state.nowSeconds))
      store.update(() => ({ nowSeconds }));
    sinceStatus += 1;
    if (sinceStatus < statusInterval(state.lists.containers)) return;
    sinceStatus = 0;
    lists.refresh(['containers']);
  };
  const timer = setInterval(tick, TICK_MS);
  const stopJobs = followJobs(store);
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      stopJobs();
    },
    { once: true },
  );
}

/** The clock of jobs goes only while one runs. Returns how to stop it. */
function followJobs(store: Store): () => void {
  let timer: NodeJS.Timeout | undefined;
  const tick = () =>
    store.update(({ versions }) => ({ versions: { ...versions, clock: versions.clock + 1 } }));
  const unsubscribe = store.subscribe(() => {
    const isWorking = store.get().jobs.some(({ state }) => state === 'running');
    if (isWorking) timer ??= setInterval(tick, JOB_TICK_MS);
    else if (timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  });
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}
