/** Samples running containers: all of them slowly for the list, the shown one every second. */
import type { Engine } from '../../../engine/index.ts';
import { currentContainer } from '../state/rows.ts';
import type { Store } from '../state/store.ts';
import { currentTab } from '../state/terminals.ts';
import { StatsBook } from './stats-book.ts';

const TICK_MS = 1000;
/** All running containers are sampled every so many ticks. */
const ALL_EVERY = 2;
/** With more than this many, one tick samples a part of them. */
const MAX_PER_TICK = 40;

export interface StatsFeed {
  readonly book: StatsBook;
}

export function createStatsFeed(engine: Engine, store: Store, signal: AbortSignal): StatsFeed {
  const book = new StatsBook();
  let tick = 0;
  let next = 0;
  let isSampling = false;

  async function sample(): Promise<void> {
    const ids = choose();
    let isChanged = false;
    for (const id of ids) {
      if (signal.aborted) return;
      try {
        book.add(id, await engine.containers.stats(id));
        isChanged = true;
      } catch {
        // It ended between the list and the sample: its event brings the new list.
      }
    }
    if (isChanged) store.update(({ versions }) => ({ versions: { ...versions, stats: versions.stats + 1 } }));
  }

  function choose(): string[] {
    const state = store.get();
    const running = state.lists.containers.filter((item) => item.State === 'running').map((item) => item.Id);
    book.keep(new Set(running));
    const shown = currentContainer(state);
    const isShown = shown !== undefined && shown.item.State === 'running' && currentTab(state) === 'stats';
    tick += 1;
    if (tick % ALL_EVERY !== 0) return isShown ? [shown.id] : [];
    if (running.length <= MAX_PER_TICK) return running;
    const part = Array.from(
      { length: MAX_PER_TICK },
      (_, index) => running[(next + index) % running.length]!,
    );
    next = (next + MAX_PER_TICK) % running.length;
    return isShown && !part.includes(shown.id) ? [...part, shown.id] : part;
  }

  const timer = setInterval(() => {
    if (isSampling) return;
    isSampling = true;
    void sample().finally(() => (isSampling = false));
  }, TICK_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return { book };
}
