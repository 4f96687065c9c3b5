/** Keeps the document of the details (every tab but logs, stats and terminal) at what the cursor is on. */
import { type Engine, messageOf } from '../../../engine/index.ts';
import { currentRow, plain, type Row } from '../state/rows.ts';
import type { Store } from '../state/store.ts';
import { currentTab } from '../state/terminals.ts';
import type { Tab } from '../state/types.ts';
import { documentLines } from './document-lines.ts';

/** The cursor has to rest this long. */
const REST_MS = 60;
/** What changes without an event is read again. */
const REFRESH_MS: Partial<Record<Tab, number>> = { top: 2000, diff: 5000 };
const MAX_LINES = 5000;

export interface DocumentFeed {
  /** Looks at the state: reads when something else is to be shown. */
  follow(): void;
  /** Reads again what is shown. */
  refresh(): void;
  stop(): void;
}

export function createDocumentFeed(engine: Engine, store: Store): DocumentFeed {
  let timer: NodeJS.Timeout | undefined;
  let wanted = '';
  /** The container's state as it was when its text was begun to be read. */
  let wantedState: string | undefined;
  /** Counts the readings: what an older one brings is not shown, and begins no new one. */
  let reading = 0;

  /** Reads what the cursor is on now; the list may have come behind what has asked for it. */
  async function read(): Promise<void> {
    const state = store.get();
    const row = currentRow(state);
    const tab = currentTab(state);
    const key = keyOf(row, tab);
    if (row === undefined || key !== wanted) return;
    reading += 1;
    const own = reading;
    wantedState = stateOf(row);
    let parts: { lines: readonly string[]; error?: string };
    try {
      parts = { lines: (await documentLines(engine, row, tab)).slice(0, MAX_LINES), error: undefined };
    } catch (error) {
      parts = { lines: [], error: plain(messageOf(error)) };
    }
    if (own !== reading || key !== wanted) return;
    store.update(({ document }) => ({ document: { ...document, key, isLoading: false, ...parts } }));
    const refreshMs = REFRESH_MS[tab];
    if (refreshMs !== undefined && parts.error === undefined) start(refreshMs);
  }

  function start(delayMs: number): void {
    clearTimeout(timer);
    const tab = currentTab(store.get());
    if (wanted === '' || tab === 'logs' || tab === 'stats' || tab === 'terminal') return;
    timer = setTimeout(() => void read(), delayMs);
  }

  return {
    follow() {
      const state = store.get();
      const row = currentRow(state);
      const key = keyOf(row, currentTab(state));
      const isSame = key === wanted;
      if (isSame && stateOf(row) === wantedState) return;
      wanted = key;
      wantedState = stateOf(row);
      if (isSame) return start(0);
      store.update(() => ({ document: { key, lines: [], isLoading: true, top: 0 } }));
      start(REST_MS);
    },
    refresh: () => start(0),
    stop: () => clearTimeout(timer),
  };
}

const keyOf = (row: Row | undefined, tab: Tab): string =>
  row === undefined ? '' : `${tab} ${row.pane} ${row.id}`;

const stateOf = (row: Row | undefined): string | undefined =>
  row?.pane === 'containers' ? row.item.State : undefined;
