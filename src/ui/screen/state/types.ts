/** What the screen shows, as data. Only `store.ts` changes it, through pure functions of this folder. */

import type { ContainerSummary, ImageSummary, NetworkInfo, VolumeInfo } from '../../../engine/index.ts';
import type { Build } from './build-book.ts';

export const LIST_PANES = ['containers', 'images', 'volumes', 'networks'] as const;
export type ListPane = (typeof LIST_PANES)[number];
export type Pane = ListPane | 'details';

export type Tab = 'logs' | 'stats' | 'terminal' | 'top' | 'inspect' | 'env' | 'diff' | 'history' | 'events';

/** The tabs of the details, by the list that has the cursor. */
export const TABS: Readonly<Record<ListPane, readonly Tab[]>> = {
  containers: ['logs', 'stats', 'terminal', 'top', 'inspect', 'env', 'diff', 'events'],
  images: ['inspect', 'history', 'env', 'events'],
  volumes: ['inspect', 'events'],
  networks: ['inspect', 'events'],
};

export interface Lists {
  containers: readonly ContainerSummary[];
  images: readonly ImageSummary[];
  volumes: readonly VolumeInfo[];
  networks: readonly NetworkInfo[];
}

/** Cursor and choice in one list. The cursor sticks to a row's id; `cursor` is where it goes when the row is gone. */
export interface ListView {
  cursorId: string | undefined;
  cursor: number;
  filter: string;
  marks: ReadonlySet<string>;
  /** The cursor goes to this row as soon as it is in the list. */
  awaitedId?: string | undefined;
}

export interface LogView {
  /** Last line shown, by its number in the buffer; undefined = follow the newest. */
  bottom: number | undefined;
  isWrapped: boolean;
  hasTimes: boolean;
  search: string;
  /** Only lines that match; '' = all. */
  filter: string;
  /** Line number of the search's last hit. */
  hit: number | undefined;
  /** Marked lines: where marking began, and where the keys have moved its end. */
  mark: { from: number; to: number } | undefined;
  /** Several logs in one, while the cursor stays on `cursorId`; undefined = the log of the container under the cursor. */
  merged: { ids: readonly string[]; cursorId: string | undefined } | undefined;
}

/** How the other texts of the details are shown. */
export interface TextView {
  isWrapped: boolean;
  search: string;
  /** Row of the search's last hit. */
  hit: number | undefined;
}

/** The order of the containers. */
export interface Sorting {
  key: 'created' | 'name' | 'state' | 'cpu' | 'memory';
  isReversed: boolean;
}

/** What a running container used at the last sample; undefined = the kernel gives nothing. */
export interface Usage {
  /** percent of one core */
  cpu: number | undefined;
  memoryBytes: number | undefined;
  /** bytes per second, both ways together */
  network: number | undefined;
  disk: number | undefined;
  pids: number | undefined;
}

/** The table of what containers use, over the whole screen. */
export interface StatsBoard {
  /** undefined = all that run */
  ids: readonly string[] | undefined;
  key: keyof typeof BOARD_KEYS;
  isReversed: boolean;
  cursorId: string | undefined;
  /** Where the cursor goes when its row is gone. */
  cursor: number;
}

/** What the board is sorted by, as its headings name it. */
export const BOARD_KEYS = {
  cpu: 'CPU',
  memory: 'MEMORY',
  network: 'NETWORK',
  disk: 'DISK',
  pids: 'PIDS',
  name: 'NAME',
} as const;

/** Text of a tab that is neither logs, stats nor a terminal. */
export interface Document {
  key: string;
  lines: readonly string[];
  isLoading: boolean;
  error?: string;
  top: number;
}

export interface JobLayer {
  status: string;
  current?: number;
  total?: number;
}

export interface Job {
  id: number;
  title: string;
  state: 'running' | 'done' | 'failed' | 'canceled';
  startedAt: number;
  endedAt?: number;
  layers: ReadonlyMap<string, JobLayer>;
  lines: readonly string[];
  /** Its output was opened once. */
  isShown?: boolean;
  /** It goes on until it is told to end: nobody waits for its result. */
  isStream?: boolean;
  /** What is known of a build's steps. */
  build?: Build;
}

export interface Toast {
  id: number;
  level: 'info' | 'error';
  text: string;
  hint?: string;
  until: number;
}

export interface MenuItem {
  label: string;
  keys: string;
  /** Binding of the key table. */
  id: string;
}

/** What can be done with a row: the items are those that hold now, see `menuOf`. */
export interface MenuDialog {
  kind: 'menu';
  title: string;
  /** The row it was opened for; undefined of an empty list. */
  rowId: string | undefined;
  /** The chosen item, and where it was: it may be gone. */
  itemId: string | undefined;
  cursor: number;
}

export interface LineEdit {
  text: string;
  /** Index into `text`. */
  at: number;
}

export type Dialog =
  | MenuDialog
  | {
      kind: 'confirm';
      title: string;
      lines: readonly string[];
      /** Keys that mean yes in one way or another; n and Esc are no. */
      choices: readonly Choice[];
      /** The key of the choice; undefined = no. */
      answer: (key: string | undefined) => void;
    }
  | {
      kind: 'prompt';
      title: string;
      edit: LineEdit;
      isSecret: boolean;
      answer: (text: string | undefined) => void;
    }
  | { kind: 'help'; top: number }
  | { kind: 'message'; title: string; lines: readonly string[]; top: number }
  | { kind: 'job'; jobId: number; top: number | undefined }
  /** `step`: the chosen one, undefined = the one that works; `top` of its output, undefined = the end. */
  | { kind: 'build'; jobId: number; step: number | undefined; top: number | undefined }
  /** All jobs, newest first; `cursor` is where it goes when its job is gone. */
  | { kind: 'jobs'; jobId: number | undefined; cursor: number }
  | { kind: 'stats'; board: StatsBoard };

/** A way to answer a question. */
export interface Choice {
  key: string;
  label: string;
}

/** The line being typed at the bottom of the screen. */
export interface Editing {
  what: 'filter' | 'search' | 'text-search' | 'log-filter' | 'command';
  edit: LineEdit;
  /** Completions of the last Tab, and which is in the line. */
  choices?: { items: readonly string[]; index: number };
  /** Place in the history while walking through it. */
  historyIndex?: number;
}

/** One terminal: the program's screen lives in data/sessions.ts. */
export interface TerminalTab {
  id: number;
  containerId: string;
  /** attach: the container's own terminal */
  kind: 'attach' | 'exec';
  title: string;
  /** Docker's syntax */
  detachKeys: string;
  state: 'running' | 'exited';
  exitCode?: number;
  /** Counts up; the terminal with the largest is the one its container shows. */
  shownAt: number;
  /** Output came while it was not shown. */
  hasNews: boolean;
}

export interface ScreenState {
  size: { columns: number; rows: number };
  lists: Lists;
  /** Lists that were read at least once. */
  isLoaded: boolean;
  /** Why the lists could not be read the last time. */
  staleReason: string | undefined;
  focus: Pane;
  /** The list whose cursor the details follow. */
  listPane: ListPane;
  views: Readonly<Record<ListPane, ListView>>;
  tabs: Readonly<Record<ListPane, Tab>>;
  isZoomed: boolean;
  isAllShown: boolean;
  sorting: Sorting;
  /** By container id; kept up only while an order needs it. */
  usage: ReadonlyMap<string, Usage>;
  log: LogView;
  text: TextView;
  document: Document;
  dialog: Dialog | undefined;
  editing: Editing | undefined;
  jobs: readonly Job[];
  toasts: readonly Toast[];
  /** Container, image or volume id → the verb that is at work on it. */
  busy: ReadonlyMap<string, string>;
  terminals: readonly TerminalTab[];
  /** The terminal that had the keys last. */
  focusedTerminal: number | undefined;
  /** True while keys go to it. */
  isTerminalFocused: boolean;
  /** Counts changes of what lives outside: log lines, samples, terminal screens, times of running jobs. */
  versions: { log: number; stats: number; terminal: number; clock: number };
  /** Seconds since 1970, for ages; changes when an age that is shown does. */
  nowSeconds: number;
}

const view: ListView = { cursorId: undefined, cursor: 0, filter: '', marks: new Set() };

/** The state before anything was read. */
export function initialState(size: ScreenState['size'], nowSeconds: number): ScreenState {
  return {
    size,
    lists: { containers: [], images: [], volumes: [], networks: [] },
    isLoaded: false,
    staleReason: undefined,
    focus: 'containers',
    listPane: 'containers',
    views: { containers: view, images: view, volumes: view, networks: view },
    tabs: { containers: 'logs', images: 'inspect', volumes: 'inspect', networks: 'inspect' },
    isZoomed: false,
    isAllShown: true,
    sorting: { key: 'created', isReversed: false },
    usage: new Map(),
    log: {
      bottom: undefined,
      isWrapped: false,
      hasTimes: false,
      search: '',
      filter: '',
      hit: undefined,
      mark: undefined,
      merged: undefined,
    },
    text: { isWrapped: true, search: '', hit: undefined },
    document: { key: '', lines: [], isLoading: false, top: 0 },
    dialog: undefined,
    editing: undefined,
    jobs: [],
    toasts: [],
    busy: new Map(),
    terminals: [],
    focusedTerminal: undefined,
    isTerminalFocused: false,
    versions: { log: 0, stats: 0, terminal: 0, clock: 0 },
    nowSeconds,
  };
}
