/** Lets times go on while nothing else happens: ages in the lists, seconds of running jobs. Nothing is drawn when no shown text changes. */
import type { ContainerSummary } from '../../../engine/index.ts';
import type { Store } from '../state/store.ts';
import type { ScreenState } from '../state/types.ts';
import { age } from '../widgets/ages.ts';
import type { ListFeed } from './list-feed.ts';

const TICK_MS = 1000;
/** Running jobs show tenths of seconds only in a build's view. */
const JOB_TICK_MS = 250;
/** A status in minutes is read again this often, one in hours or longer every minute. */
const MINUTES_EVERY = 10;
const HOURS_EVERY = 60;

/** How many seconds may go by before the status of one of the containers is read again. */
export function statusInterval(containers: readonly ContainerSummary[]): number {
  let every = HOURS_EVERY;
  for (const { Status } of containers) {
    if (/second/.test(Status)) return 1;
    if (/minute/.test(Status)) every = MINUTES_EVERY;
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
  const jobTick = () => {
    if (store.get().jobs.some(({ state }) => state === 'running'))
      store.update(({ versions }) => ({ versions: { ...versions, clock: versions.clock + 1 } }));
  };
  const timers = [setInterval(tick, TICK_MS), setInterval(jobTick, JOB_TICK_MS)];
  signal.addEventListener('abort', () => timers.forEach(clearInterval), { once: true });
}
