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

  async function read(key: string, row: Row, tab: Tab): Promise<void> {
    let parts: { lines: readonly string[]; error?: string };
    try {
      parts = { lines: (await documentLines(engine, row, tab)).slice(0, MAX_LINES), error: undefined };
    } catch (error) {
      parts = { lines: [], error: plain(messageOf(error)) };
    }
    if (key !== wanted) return;
    store.update(({ document }) => ({ document: { ...document, key, isLoading: false, ...parts } }));
    const refreshMs = REFRESH_MS[tab];
    if (refreshMs !== undefined && parts.error === undefined)
      timer = setTimeout(() => void read(key, row, tab), refreshMs);
  }

  function start(delayMs: number): void {
    const state = store.get();
    const row = currentRow(state);
    const tab = currentTab(state);
    clearTimeout(timer);
    if (row === undefined || tab === 'logs' || tab === 'stats' || tab === 'terminal') return;
    const key = wanted;
    timer = setTimeout(() => void read(key, row, tab), delayMs);
  }

  return {
    follow() {
      const state = store.get();
      const row = currentRow(state);
      const key = row === undefined ? '' : `${currentTab(state)} ${row.pane} ${row.id}`;
      if (key === wanted) return;
      wanted = key;
      store.update(() => ({ document: { key, lines: [], isLoading: true, top: 0 } }));
      start(REST_MS);
    },
    refresh: () => start(0),
    stop: () => clearTimeout(timer),
  };
}
