/** Samples running containers: those on the screen slowly (all, when the order depends on them), the shown one every second. */
import type { Engine } from '../../../engine/index.ts';
import { layoutOf } from '../state/layout.ts';
import { currentContainer, rowsOf } from '../state/rows.ts';
import { needsUsage } from '../state/sorting.ts';
import type { Store } from '../state/store.ts';
import { currentTab } from '../state/terminals.ts';
import type { ScreenState, Usage } from '../state/types.ts';
import { windowTop } from '../state/windows.ts';
import { StatsBook } from './stats-book.ts';

const TICK_MS = 1000;
/** The list's containers are sampled every so many ticks. */
const ALL_EVERY = 2;
/** With more than this many, one tick samples a part of them. */
const MAX_PER_TICK = 40;

export interface StatsFeed {
  readonly book: StatsBook;
}

/** Running containers in the list's window: nobody sees the samples of others. */
function visibleRunning(state: ScreenState): string[] {
  const top = windowTop('containers');
  const { height } = layoutOf(state).lists.containers;
  return rowsOf(state, 'containers')
    .slice(top, top + Math.max(0, height - 1))
    .flatMap((row) => (row.pane === 'containers' && row.item.State === 'running' ? [row.id] : []));
}

export function createStatsFeed(engine: Engine, store: Store, signal: AbortSignal): StatsFeed {
  const book = new StatsBook();
  let tick = 0;
  let next = 0;
  let isSampling = false;

  async function sample(): Promise<void> {
    const ids = choose();
    const isFull = tick % ALL_EVERY === 0;
    let isChanged = false;
    if (ids.length === 0) return;
    for (const sample of await engine.containers.stats({ names: ids })) {
      // It ended between the list and the sample: its event brings the new list.
      if (sample?.stats.cpuNs === undefined) continue;
      book.add(sample.id, sample.stats);
      isChanged = true;
    }
    if (!isChanged || signal.aborted) return;
    store.update(({ versions, sorting, usage }) => ({
      versions: { ...versions, stats: versions.stats + 1 },
      // Rows that change places every second can't be read.
      usage: needsUsage(sorting) && isFull ? usageOf(ids) : usage,
    }));
  }

  function choose(): string[] {
    const state = store.get();
    const all = state.lists.containers.filter((item) => item.State === 'running').map((item) => item.Id);
    book.keep(new Set(all));
    const running = needsUsage(state.sorting) ? all : visibleRunning(state);
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

  const usageOf = (ids: readonly string[]): ReadonlyMap<string, Usage> =>
    new Map(
      [...store.get().usage, ...ids.map((id) => [id, book.pointsOf(id).at(-1)] as const)].flatMap(
        ([id, last]) => (last === undefined ? [] : [[id, { cpu: last.cpu, memoryBytes: last.memoryBytes }]]),
      ),
    );

  const timer = setInterval(() => {
    if (isSampling) return;
    isSampling = true;
    void sample().finally(() => (isSampling = false));
  }, TICK_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return { book };
}
