/** Samples running containers: those on the screen slowly (all, when an order depends on them), what is looked at every second. */
import type { Engine } from '../../../engine/index.ts';
import { boardRows, isUsing } from '../state/board.ts';
import { layoutOf } from '../state/layout.ts';
import { currentContainer, rowsOf } from '../state/rows.ts';
import { needsUsage } from '../state/sorting.ts';
import type { Store } from '../state/store.ts';
import { currentTab } from '../state/terminals.ts';
import type { ScreenState, Usage } from '../state/types.ts';
import { windowTop } from '../state/windows.ts';
import { StatsBook, type StatsPoint } from './stats-book.ts';

const TICK_MS = 1000;
/** The list's containers are sampled every so many ticks; an order by use changes no more often, or nobody could read it. */
const LIST_EVERY = 2;
/** Those that use next to nothing are sampled every so many times of these. */
const QUIET_EVERY = 3;
/** With more than this many, one tick samples a part of them. */
const MAX_PER_TICK = 40;
/** The second sample of a board that was just opened: a percentage is the difference of two. */
const SOON_MS = 300;

export interface StatsFeed {
  readonly book: StatsBook;
}

/** Samples until the signal aborts. */
export function createStatsFeed(engine: Engine, store: Store, signal: AbortSignal): StatsFeed {
  const book = new StatsBook();
  const turns = createTurns(book);
  let isSampling = false;

  async function sample({ ids, isOrdering, isWatched }: Turn): Promise<void> {
    if (isSampling || ids.length === 0) return;
    isSampling = true;
    try {
      let isChanged = false;
      for (const one of await engine.containers.stats({ names: ids })) {
        // It ended between the list and the sample: its event brings the new list.
        if (one?.stats.cpuNs === undefined) continue;
        isChanged = book.add(one.id, one.stats) || isChanged;
      }
      if (signal.aborted || !(isChanged || isOrdering || isWatched)) return;
      store.update(({ versions, usage }) => ({
        versions: { ...versions, stats: versions.stats + 1 },
        usage: isOrdering ? withUsage(usage, ids, book) : usage,
      }));
    } finally {
      isSampling = false;
    }
  }

  const timer = setInterval(() => {
    void sample(turns.next(store.get()));
  }, TICK_MS);
  const stopWatching = whenBoardOpens(store, () => {
    const all = () => sample({ ids: boardIds(store.get()), isOrdering: true, isWatched: true });
    void all();
    setTimeout(() => void all(), SOON_MS).unref();
  });
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      stopWatching();
    },
    { once: true },
  );
  return { book };
}

const isRunning = ({ State }: { State: string }): boolean => State === 'running';

/** Running containers in the list's window: nobody sees the samples of others. */
function visibleRunning(state: ScreenState): string[] {
  const top = windowTop('containers');
  const { height } = layoutOf(state).lists.containers;
  return rowsOf(state, 'containers')
    .slice(top, top + Math.max(0, height - 1))
    .flatMap((row) => (row.pane === 'containers' && isRunning(row.item) ? [row.id] : []));
}

/** What the board shows; nothing when it is not open. */
const boardIds = ({ dialog, ...state }: ScreenState): string[] =>
  dialog?.kind === 'stats'
    ? boardRows({ dialog, ...state }, dialog.board)
        .filter(({ item }) => isUsing(item.State))
        .map(({ id }) => id)
    : [];

interface Turn {
  ids: readonly string[];
  /** Orders by use follow it. */
  isOrdering: boolean;
  /** Somebody looks at more than the list shows: every sample is drawn. */
  isWatched: boolean;
}

/** Whose turn it is at a tick. */
function createTurns(book: StatsBook): { next(state: ScreenState): Turn } {
  let tick = 0;
  let from = 0;
  /** At most `MAX_PER_TICK`, beginning where the last tick ended. */
  const part = (ids: readonly string[]): string[] => {
    if (ids.length <= MAX_PER_TICK) return [...ids];
    from %= ids.length;
    const chosen = Array.from({ length: MAX_PER_TICK }, (_, index) => ids[(from + index) % ids.length]!);
    from += MAX_PER_TICK;
    return chosen;
  };
  return {
    next(state) {
      tick += 1;
      // The first figures come soon: a percentage is the difference of two samples.
      const isListTurn = tick <= LIST_EVERY || tick % LIST_EVERY === 0;
      if (state.dialog?.kind === 'stats')
        return { ids: boardIds(state), isOrdering: isListTurn, isWatched: true };
      const shown = currentContainer(state);
      const own =
        shown !== undefined && isRunning(shown.item) && currentTab(state) === 'stats' ? [shown.id] : [];
      const isWatched = own.length > 0;
      if (!isListTurn) return { ids: own, isOrdering: false, isWatched };
      const all = state.lists.containers.filter(isRunning).map(({ Id }) => Id);
      book.keep(new Set(all));
      const isOrdering = needsUsage(state.sorting);
      const round = Math.ceil(tick / LIST_EVERY);
      const due = (isOrdering ? all : visibleRunning(state)).filter(
        (id, index) => !book.isQuiet(id) || (index + round) % QUIET_EVERY === 0,
      );
      return { ids: [...new Set([...own, ...part(due)])], isOrdering, isWatched };
    },
  };
}

function withUsage(
  usage: ReadonlyMap<string, Usage>,
  ids: readonly string[],
  book: StatsBook,
): ReadonlyMap<string, Usage> {
  const next = new Map(usage);
  for (const id of ids) {
    const last = book.pointsOf(id).at(-1);
    if (last !== undefined) next.set(id, usageOf(last));
  }
  return next;
}

const usageOf = (point: StatsPoint): Usage => ({
  cpu: point.cpu,
  memoryBytes: point.memoryBytes,
  network: both(point.rxRate, point.txRate),
  disk: both(point.readRate, point.writeRate),
  pids: point.pids,
});

const both = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);

/** Returns how to stop. */
function whenBoardOpens(store: Store, listener: () => void): () => void {
  let wasOpen = false;
  return store.subscribe(() => {
    const isOpen = store.get().dialog?.kind === 'stats';
    if (isOpen && !wasOpen) listener();
    wasOpen = isOpen;
  });
}
