/** Reads what the inspect, history, env and top tabs show of the object under the cursor. */
import { type Engine, messageOf } from '../../../engine/index.ts';
import { humanSize } from '../../format/units.ts';
import { currentRow, plain, type Row } from '../state/rows.ts';
import type { Store } from '../state/store.ts';
import { currentTab } from '../state/terminals.ts';
import type { Tab } from '../state/types.ts';
import { theme } from '../widgets/theme.ts';

/** The cursor has to rest this long. */
const REST_MS = 60;
const TOP_REFRESH_MS = 2000;
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
      parts = { lines: (await linesOf(engine, row, tab)).slice(0, MAX_LINES), error: undefined };
    } catch (error) {
      parts = { lines: [], error: plain(messageOf(error)) };
    }
    if (key !== wanted) return;
    store.update(({ document }) => ({ document: { ...document, key, isLoading: false, ...parts } }));
    if (tab === 'top' && parts.error === undefined)
      timer = setTimeout(() => void read(key, row, tab), TOP_REFRESH_MS);
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

async function linesOf(engine: Engine, row: Row, tab: Tab): Promise<string[]> {
  if (tab === 'top') return topLines(engine, row);
  if (tab === 'history') return historyLines(engine, row);
  const object = await inspect(engine, row);
  if (tab === 'env') return envLines(object);
  return jsonLines(object);
}

/** The object as `inspect` gives it. */
function inspect(engine: Engine, row: Row): Promise<unknown> {
  if (row.pane === 'containers') return engine.containers.inspect(row.target);
  if (row.pane === 'images') return engine.images.inspect(row.item.Id);
  if (row.pane === 'volumes') return engine.volumes.inspect(row.target);
  return engine.networks.inspect(row.target);
}

async function topLines(engine: Engine, row: Row): Promise<string[]> {
  if (row.pane !== 'containers' || (row.item.State !== 'running' && row.item.State !== 'paused'))
    return [theme.dim('not running')];
  const { Titles, Processes } = await engine.containers.top(row.target);
  const table = [Titles, ...Processes].map((cells) => cells.map(plain));
  const widths = Titles.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  '),
  );
  return [theme.bold(lines[0] ?? ''), ...lines.slice(1)];
}

async function historyLines(engine: Engine, row: Row): Promise<string[]> {
  const items = await engine.images.history(row.target);
  return items.map(
    (item) =>
      `${humanSize(item.Size, 3).padStart(8)}  ${plain(item.CreatedBy || item.Comment || theme.dim('?'))}`,
  );
}

function envLines(object: unknown): string[] {
  const { Config } = object as { Config?: { Env?: string[]; Labels?: Record<string, string> | null } };
  const env = (Config?.Env ?? []).map((line) => {
    const at = line.indexOf('=');
    return `${theme.cyan(plain(line.slice(0, at)))}=${plain(line.slice(at + 1))}`;
  });
  const labels = Object.entries(Config?.Labels ?? {}).map(
    ([name, value]) => `${theme.magenta(plain(name))}=${plain(value)}`,
  );
  return [
    theme.bold('Environment'),
    ...(env.length > 0 ? env : [theme.dim('none')]),
    '',
    theme.bold('Labels'),
    ...(labels.length > 0 ? labels : [theme.dim('none')]),
  ];
}

/** JSON with its keys and values coloured. Control characters are escaped by JSON itself. */
function jsonLines(value: unknown): string[] {
  return JSON.stringify(value, undefined, 2)
    .replace(/[\x7f-\x9f]/g, '�')
    .split('\n')
    .map((line) => {
      const found = /^(\s*)("(?:[^"\\]|\\.)*")(: )?(.*)$/.exec(line);
      if (found === null) return line;
      const [, indent = '', text = '', colon, rest = ''] = found;
      return colon === undefined
        ? `${indent}${theme.green(text)}${rest}`
        : `${indent}${theme.cyan(text)}: ${valueColour(rest)}`;
    });
}

function valueColour(text: string): string {
  if (text.startsWith('"')) return theme.green(text);
  return /^(true|false|null|-?\d)/.test(text) ? theme.yellow(text) : text;
}
